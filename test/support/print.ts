/** Writes a line for the person who has started a script. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
