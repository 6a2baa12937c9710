import { ProbeError } from "../errors.ts";

const HOST_AND_PORT = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})$/;
const LOOPBACK = /^(localhost|127(\.[0-9]{1,3}){3}|\[::1\]):/;

/**
 * Checks a server's address.
 *
 * @param text `HOST:PORT`, an IPv6 host in brackets
 * @throws ProbeError kind input
 */
export function checkAddress(text: string): string {
  const port = Number(HOST_AND_PORT.exec(text)?.[2]);
  if (port >= 1 && port <= 65535) return text;
  throw new ProbeError(
    "input",
    `The server's address is ${JSON.stringify(text)}; it must be HOST:PORT with a port from 1 to 65535, ` +
      `for example 127.0.0.1:50051 or [::1]:50051.`,
    { path: "server" },
  );
}

/** Whether the address is on this machine, so that no proxy may intervene. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.test(address);
}
