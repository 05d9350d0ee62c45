/** What an entry of a request body does to a field of the opportunity (Close's update page). */
export type Effect = { field: string; action: "set" | "add" | "remove" };

/** `custom.cf_x.add` adds to `custom.cf_x`, and `.remove` removes from it; every other key sets its own field. */
export function effectOf(key: string): Effect {
  const [, field, action] = /^(custom\..+)\.(add|remove)$/.exec(key) ?? [];
  if (field === undefined) return { field: key, action: "set" };
  return { field, action: action === "add" ? "add" : "remove" };
}

/** The opportunity's field that an entry of a request body changes. */
export function fieldOf(key: string): string {
  return effectOf(key).field;
}
