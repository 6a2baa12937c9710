import { type ServiceError, status } from "@grpc/grpc-js";
import { type ErrorKind, ProbeError } from "../errors.ts";

function isServiceError(thrown: unknown): thrown is ServiceError {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "number" && "details" in thrown;
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

function describe(error: ServiceError, address: string): [ErrorKind, string] {
  const details = (error.details || error.message)
    .replace(/^No connection established\. Last error: (Error: )?/, "")
    .replace(/\.? Resolution note: $/, "");
  switch (error.code) {
    case status.INVALID_ARGUMENT:
    case status.OUT_OF_RANGE:
    case status.NOT_FOUND:
      return ["input", sentence(details)];
    case status.UNAVAILABLE:
      return [
        "unreachable",
        `No l1probe server answers at ${address} (${details}); start one there with \`make serve\`, ` +
          `or leave --server out to start one on this machine.`,
      ];
    case status.DEADLINE_EXCEEDED:
      return [
        "unreachable",
        `The server at ${address} did not answer in time (${details}); see whether it is overloaded or stopped.`,
      ];
    case status.UNIMPLEMENTED:
      return [
        "unreachable",
        `What answers at ${address} does not speak l1probe.v1 (${details}); check the address and the server's version.`,
      ];
    // The client's own cancellations never come here: their cause is known where they are made.
    case status.CANCELLED:
      return [
        "unreachable",
        `The server at ${address} dropped the call (${details}); see whether it is being stopped.`,
      ];
    case status.RESOURCE_EXHAUSTED:
      return ["failed", `The server at ${address} is out of room: ${sentence(details)}`];
    default:
      return [
        "failed",
        `The server at ${address} failed with ${status[error.code] ?? error.code}: ${sentence(details)}`,
      ];
  }
}

/**
 * The one place where gRPC's status codes become l1probe's errors.
 *
 * @param address of the server, for the sentence
 */
export function fromStatus(thrown: unknown, address: string): ProbeError {
  if (!isServiceError(thrown)) return ProbeError.from(thrown);
  const [kind, message] = describe(thrown, address);
  return new ProbeError(kind, message, { cause: thrown });
}
