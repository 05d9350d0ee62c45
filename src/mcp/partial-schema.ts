import { z } from "zod/v3";
import type { InPart } from "../base/in-part.ts";

/** The schema of what can be read of a value in part. */
export function inPart<T extends z.ZodTypeAny>(type: T): z.ZodType<InPart<z.output<T>>> {
  return partOf(type);
}

function partOf(type: z.ZodTypeAny): z.ZodTypeAny {
  const bare = unwrapped(type);
  if (bare instanceof z.ZodArray) return z.array(partOf(bare.element).optional());
  if (!(bare instanceof z.ZodObject)) return type;
  const arguments_ = Object.entries<z.ZodTypeAny>(bare.shape).map(([name, own]) => [
    name,
    partOf(own).optional(),
  ]);
  return z.object({ ...Object.fromEntries(arguments_), mistaken: z.array(z.string()).optional() });
}

/** The type itself, without what makes it optional or refines it. */
export function unwrapped(type: z.ZodTypeAny): z.ZodTypeAny {
  if (type instanceof z.ZodOptional) return unwrapped(type.unwrap());
  if (type instanceof z.ZodEffects) return unwrapped(type.innerType());
  return type;
}
