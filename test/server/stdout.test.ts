import { Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { inOnePieceATurn } from "../../src/server/stdout.ts";

function collector() {
  const pieces: string[] = [];
  const output = new Writable({
    write(chunk, _encoding, done) {
      pieces.push(String(chunk));
      done();
    },
  });
  return { output, pieces };
}

test("what is written in one turn goes on in one piece, in its order, and what comes later in another", async () => {
  const { output, pieces } = collector();
  const stream = inOnePieceATurn(output);
  for (const line of ["a\n", "→\n", "c\n"]) stream.write(line);
  expect(pieces).toEqual([]);
  await setImmediate();
  stream.write("d\n");
  await setImmediate();
  expect(pieces).toEqual(["a\n→\nc\n", "d\n"]);
});

test("what is written just before the end has gone on when the stream has ended", async () => {
  const { output, pieces } = collector();
  const stream = inOnePieceATurn(output);
  stream.write("last\n");
  await new Promise<void>((ended) => stream.end(ended));
  expect(pieces.join("")).toBe("last\n");
  await setImmediate();
  expect(pieces.join("")).toBe("last\n");
});
