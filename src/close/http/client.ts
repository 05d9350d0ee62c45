export * from "../api.ts";
export type { CallContext } from "./requests.ts";
