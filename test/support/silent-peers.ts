import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer, type Server, type Socket } from "node:net";

/** A peer that fails in its own way, on this machine. */
export type Peer = {
  /** host:port */
  address: string;
  /** How many connections are open. */
  open(): number;
  close(): Promise<void>;
};

/** Speaks HTTP, and answers as it is set to. */
export function startHttpPeer(listener: RequestListener): Promise<Peer> {
  return listen(createHttpServer(listener));
}

/** Accepts connections and never says a word. */
export function startMutePeer(): Promise<Peer> {
  return listen(createServer());
}

/** Has the server listen on this machine. */
export async function listen(server: Server): Promise<Peer> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The peer listens on no port.");
  return {
    address: `127.0.0.1:${address.port}`,
    open: () => sockets.size,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
