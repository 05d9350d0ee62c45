/**
 * Does what follows a write that has taken effect, and can no longer turn it into a failure: whatever is thrown becomes a
 * warning, and `instead` the value.
 *
 * @param what the work in a warning's words: "comparing it with the state before".
 */
export async function afterwards<T>(
  what: string,
  instead: T,
  work: () => T | Promise<T>,
): Promise<{ value: T; warnings: readonly string[] }> {
  try {
    return { value: await work(), warnings: [] };
  } catch (error) {
    return { value: instead, warnings: [`The update went through, but ${what} failed: ${String(error)}.`] };
  }
}
