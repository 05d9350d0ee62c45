// The yardstick of a start: the least that a Node process does to answer a line on stdin with one on stdout.
let input = "";
process.stdin.on("data", (chunk) => {
  input += chunk;
  const end = input.indexOf("\n");
  if (end < 0) return;
  const { id } = JSON.parse(input.slice(0, end));
  input = input.slice(end + 1);
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, result: {} })}\n`);
});
