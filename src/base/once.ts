/** Caches what is made of a text for one object: as long as the object lives, and until `maxTexts` texts are cached. */
export function oncePerText<Made extends object | string>(
  maxTexts = 100,
): (owner: object, text: string, make: () => Made) => Made {
  const knownOf = oncePerObject((_owner: object) => new Map<string, Made>());
  return (owner, text, make) => {
    const known = knownOf(owner);
    const earlier = known.get(text);
    if (earlier !== undefined) return earlier;
    const made = make();
    if (known.size >= maxTexts) known.clear();
    known.set(text, made);
    return made;
  };
}

/** The function, called once for each object: what it makes is kept as long as the object is. */
export function oncePerObject<Key extends object, Made extends object>(
  make: (key: Key) => Made,
): (key: Key) => Made {
  const known = new WeakMap<Key, Made>();
  return (key) => {
    const earlier = known.get(key);
    if (earlier !== undefined) return earlier;
    const made = make(key);
    known.set(key, made);
    return made;
  };
}
