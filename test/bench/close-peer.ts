/** Stands for Close in a process of its own: the sandbox, a quick peer, or a limited one. Prints how to reach it. */
import { ids, startSandbox } from "../../src/sandbox/sandbox.ts";
import { startQuickPeer } from "../support/quick-peer.ts";

const [, , kind] = process.argv;
const limits = kind === "limited" ? { limited: ["PUT"], delays: [60, 160] as const } : {};
const peer = kind === "sandbox" ? { many: [], ...(await startSandbox()) } : await startQuickPeer(limits);
const { url, apiKey, many } = peer;
process.stdout.write(`${JSON.stringify({ url, apiKey, id: ids.opportunities.acmeExpansion, many })}\n`);
process.stdin.resume().once("end", () => process.exit());
