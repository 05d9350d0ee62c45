/** The values by their keys, in the order in which they come first; those of one key in their own order. */
export function grouped<Key, Value>(values: Iterable<Value>, keyOf: (value: Value) => Key): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}

/** The value that is most often among these, the first of several, and how often that is. */
export function mostCommon<Value>(values: Iterable<Value>): readonly [value: Value | undefined, count: number] {
  const groups = [...grouped(values, (value) => value).values()];
  const [most] = groups.sort((one, other) => other.length - one.length);
  return [most?.[0], most?.length ?? 0];
}

/** As many entries, from the first and one at least, as have room together, in characters of JSON. */
export function fitting<Entry>(entries: readonly Entry[], room: number): readonly Entry[] {
  let size = 0;
  const tooMany = entries.findIndex((entry) => {
    size += JSON.stringify(entry).length;
    return size > room;
  });
  return tooMany === -1 ? entries : entries.slice(0, Math.max(1, tooMany));
}
