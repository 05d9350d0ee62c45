/**
 * What could be read of a value. A list keeps its entries in their places, undefined if nothing of one could be read; an
 * object lacks what could not be read, and names all that is mistaken or could be read in part only.
 */
export type InPart<T> = T extends readonly (infer E)[]
  ? readonly (InPart<E> | undefined)[]
  : T extends object
    ? { readonly [K in keyof T]?: InPart<T[K]> | undefined } & {
        readonly mistaken?: readonly string[] | undefined;
      }
    : T;

/**
 * How a call was filled in: the places (`value`, `updates[0].value`) of all arguments that it has, ignored ones included,
 * and of those that are blank text. Some agents fill in every argument there is.
 */
export type Filling = { readonly given: readonly string[]; readonly blank: readonly string[] };
