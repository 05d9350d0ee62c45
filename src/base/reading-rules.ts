import type { z } from "zod/v3";
import type { JsonObject } from "./json.ts";

/**
 * How one object of a tool's arguments is read, beyond its schema. Words are in small letters, without what parts them:
 * `closedate` is `closeDate`, `close-date` and `close_date`.
 */
export type ObjectRules = {
  /** Other words for its keys, each with the key that it is read as. */
  understood?: ReadonlyMap<string, string>;
  /** Words that are never guessed, each with what to send instead. */
  refused?: ReadonlyMap<string, string>;
  /** What is added for any other unknown key. */
  otherwise?: string;
  /** What such an object is called, and looks like as JSON: `an operation`. */
  form?: readonly [noun: string, example: string];
  /** What an entry of a map stands for, where a map is given for a list of such objects: `{"Seats": 55}`. */
  ofEntry?: (key: string, value: unknown) => JsonObject;
  /** Those of its keys for which an empty list (an empty text, if it is verbatim) is none, and not as if nothing had been given. */
  isNoneMeant?: ReadonlySet<string>;
  /** Of a text: whether a list of texts is read as its lines. */
  isLines?: boolean;
  /** Whether its texts stand for themselves: "None" may be a choice, and "[1]" a text. */
  isVerbatim?: boolean;
};

/** By the schema of the object, or of the text. */
export type ReadingRules = ReadonlyMap<z.ZodTypeAny, ObjectRules>;
