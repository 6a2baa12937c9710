import { credentials } from "@grpc/grpc-js";
import type { Artifact, DescribeResponse, RunRequest } from "../generated/l1probe/v1/probe.ts";
import { ProbeServiceClient } from "../generated/l1probe/v1/probe_service.ts";
import { checkAddress, isLoopback } from "./address.ts";
import { type RunEvent, type RunOptions, runEvents } from "./events.ts";
import { fetchArtifact } from "./fetchArtifact.ts";
import type { StreamOptions } from "./stream.ts";
import { unary } from "./unary.ts";

/** One server, as the client sees it. Every method throws ProbeError only. */
export interface ProbeClient {
  /** `HOST:PORT` */
  readonly address: string;
  /** What the server runs, allows, and has to do right now. */
  describe(): Promise<DescribeResponse>;
  /** One cell's events; leaving the loop cancels the cell. */
  run(request: RunRequest, options?: RunOptions): AsyncGenerator<RunEvent, void, undefined>;
  /** @returns false where no such run is queued or running */
  cancel(runId: string): Promise<boolean>;
  /** Copies a finished run's artifact to the file `target`, whole and verified, or not at all. */
  fetchArtifact(artifact: Artifact, target: string, options?: StreamOptions): Promise<void>;
  close(): void;
}

/** A trace of a long run holds statistics by frame; 4 MiB, gRPC's own limit, is soon reached. */
const LARGEST_MESSAGE = 64 * 1024 * 1024;

/**
 * A client of the server at an address. Nothing is dialled before the first call.
 *
 * HTTP/2 keepalive stays off: a gRPC server answers pings that come without data with a closed connection, and the
 * heartbeat event finds a lost server without them.
 *
 * @param address `HOST:PORT`
 * @throws ProbeError kind input where the address is none
 */
export function connect(address: string): ProbeClient {
  const client = new ProbeServiceClient(checkAddress(address), credentials.createInsecure(), {
    "grpc.max_receive_message_length": LARGEST_MESSAGE,
    ...(isLoopback(address) ? { "grpc.enable_http_proxy": 0 } : {}),
  });
  return {
    address,
    describe: () => unary(address, (metadata, options, done) => client.describe({}, metadata, options, done)),
    run: (request, options) => runEvents(client, address, request, options),
    cancel: async (runId) => {
      const { found } = await unary<{ found: boolean }>(address, (metadata, options, done) =>
        client.cancel({ runId }, metadata, options, done),
      );
      return found;
    },
    fetchArtifact: (artifact, target, options) => fetchArtifact(client, address, artifact, target, options),
    close: () => client.close(),
  };
}
