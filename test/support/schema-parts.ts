import { isObject, type JsonObject } from "../../src/base/json.ts";

/** One schema inside a JSON Schema: the schema itself, a property's, a list's items', an alternative's. */
export type SchemaPart = {
  /** Where it is: `/properties/clear/items`; empty for the whole. */
  path: string;
  /** The property's name, where it is one's schema. */
  property?: string;
  schema: JsonObject;
};

const listsOfSchemas = ["anyOf", "oneOf", "allOf", "prefixItems"];
const schemas = ["items", "not", "if", "then", "else", "contains", "additionalProperties", "propertyNames"];
const mapsOfSchemas = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];

/** All schemas of a JSON Schema, in whichever keyword. A property with the name of a keyword is not taken for one. */
export function schemaParts(schema: unknown, path = "", property?: string): SchemaPart[] {
  if (!isObject(schema)) return [];
  return [
    { path, schema, ...(property !== undefined && { property }) },
    ...listsOfSchemas.flatMap((keyword) => {
      const list = schema[keyword];
      return Array.isArray(list) ? list.flatMap((part, at) => schemaParts(part, `${path}/${keyword}/${at}`)) : [];
    }),
    ...schemas.flatMap((keyword) => schemaParts(schema[keyword], `${path}/${keyword}`)),
    ...mapsOfSchemas.flatMap((keyword) => {
      const map = schema[keyword];
      return isObject(map)
        ? Object.entries(map).flatMap(([name, part]) => schemaParts(part, `${path}/${keyword}/${name}`, name))
        : [];
    }),
  ];
}
