import { createHash } from "node:crypto";

/** Readable at the front and of the length that Close's own have; always the same for the same name. */
export function id(prefix: string, name: string, length = 43): string {
  const filling = createHash("sha512")
    .update(`${prefix} ${name}`)
    .digest("base64")
    .replace(/[^A-Za-z0-9]/g, "");
  return `${prefix}_${(name + filling).slice(0, length)}`;
}

/** Gives each record an id made from its key. */
export function identified<Key extends string, Facts>(
  prefix: string,
  records: Record<Key, Facts>,
  length?: number,
): Record<Key, { id: string } & Facts> {
  return mapValues(records, (facts, key) => {
    const name = key.charAt(0).toUpperCase() + key.slice(1);
    return { id: id(prefix, name, length), ...facts };
  });
}

export function idsOf<Key extends string>(records: Record<Key, { id: string }>): Record<Key, string> {
  return mapValues(records, (record) => record.id);
}

function mapValues<Key extends string, From, To>(
  records: Record<Key, From>,
  change: (value: From, key: string) => To,
): Record<Key, To> {
  const changed = Object.entries<From>(records).map(([key, value]) => ({ [key]: change(value, key) }));
  return Object.assign({}, ...changed);
}
