/** A JSON object, as another program sent it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object, neither a list nor null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value that the text stands for, or undefined where it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The object that the text stands for, or undefined where it is not the JSON of an object. */
export function parseObject(text: string): JsonObject | undefined {
  const json = parseJson(text);
  return isObject(json) ? json : undefined;
}
