/** A JSON object, as another program sent it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object, neither a list nor null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** How deeply a value may nest: what reads, compares or redacts it calls itself once a level, and the stack is finite. */
const maxLevels = 2_000;

/** The value that the text stands for; undefined if it is not JSON, or nests too deeply. */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    // Shorter texts cannot nest so deeply.
    return text.length > 2 * maxLevels && nestsTooDeeply(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

function nestsTooDeeply(value: unknown): boolean {
  let level = [value];
  for (let levels = 0; level.length > 0 && levels <= maxLevels; levels += 1) {
    level = level.filter((part) => typeof part === "object" && part !== null).flatMap((part) => Object.values(part));
  }
  return level.length > 0;
}

/** The object that the text stands for, as `parseJson` reads it; undefined if it is none. */
export function parseObject(text: string): JsonObject | undefined {
  const json = parseJson(text);
  return isObject(json) ? json : undefined;
}
