/** A JSON object, as another program sent it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object, neither a list nor null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value that the text stands for; undefined if it is not JSON, or nests so deeply that it cannot be written again. */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    // Shorter texts cannot nest so deeply.
    if (text.length > 4_000) JSON.stringify(value);
    return value;
  } catch {
    return undefined;
  }
}

/** The object that the text stands for, as `parseJson` reads it; undefined if it is none. */
export function parseObject(text: string): JsonObject | undefined {
  const json = parseJson(text);
  return isObject(json) ? json : undefined;
}
