import type { z } from "zod/v3";
import type { JsonObject } from "./json.ts";

/**
 * How one object of a tool's arguments is read, beyond its schema. Words are in small letters, without what parts them:
 * `closedate` is `closeDate`, `close-date` and `close_date`.
 */
export type ObjectRules = {
  /** Other words for its keys (for the choices, if it is one), each with what it is read as. */
  understood?: ReadonlyMap<string, string>;
  /** What their values stand for, where the word says more than the key: a day `before`. */
  meant?: ReadonlyMap<string, (value: unknown) => unknown>;
  /** Words that are never guessed, each with what to send instead, in view of the value. */
  refused?: ReadonlyMap<string, string | ((value: unknown) => string)>;
  /** What is added for any other unknown key or choice, in view of it, and where a value is missing. */
  otherwise?: (given: string) => string;
  /** What such an object is called, and looks like as JSON: `an operation`. */
  form?: readonly [noun: string, example: string];
  /** What an entry of a map stands for, where a map is given for a list of such objects: `{"Seats": 55}`. */
  ofEntry?: (key: string, value: unknown) => JsonObject;
  /** Those of its keys for which an empty list (an empty text, if it is verbatim) is none, and not as if nothing had been given. */
  isNoneMeant?: ReadonlySet<string>;
  /** Its action if none is given, but a value is. */
  impliedAction?: string;
  /** Of a text, number or choice: what another spelling of it is read as, or what is wrong with it. */
  reads?: (value: unknown) => { value: unknown } | { problem: string } | undefined;
  /** Of a text: what parts several of them that are given as one. */
  parted?: RegExp;
  /** Whether its texts stand for themselves: "None" may be a choice, and "[1]" a text. */
  isVerbatim?: boolean;
};

/** By the schema of the object, text, number or choice. */
export type ReadingRules = ReadonlyMap<z.ZodTypeAny, ObjectRules>;
