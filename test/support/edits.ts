import type { JsonObject } from "../../src/base/json.ts";
import { fieldOf } from "../../src/opportunity/fields.ts";
import type { Edit } from "../../src/opportunity/update/edit.ts";
import type { Known } from "../../src/organization/lists.ts";

/** The edits that have this request body. */
export function editsOf(body: JsonObject, known: Pick<Known, "customFields">): Edit[] {
  return Object.entries(body).map(([key, value]) => {
    const [, custom, action] = /^(custom\..+)\.(add|remove)$/.exec(key) ?? [];
    const field = fieldOf(custom ?? key, known);
    return { field, action: action === "add" || action === "remove" ? action : "set", value };
  });
}
