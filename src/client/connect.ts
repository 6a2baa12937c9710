import { createHash } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { credentials, status } from "@grpc/grpc-js";
import { ProbeError } from "../errors.ts";
import type {
  Artifact,
  CountTokensResponse,
  DescribeResponse,
  PromptTokens,
  RunRequest,
  RunResponse,
} from "../generated/l1probe/v1/probe.ts";
import { ProbeServiceClient } from "../generated/l1probe/v1/probe_service.ts";
import { messages, type StreamOptions, unary } from "./rpc.ts";
import { checkAddress, isLoopback } from "./servers.ts";

/** Events of a run, in order: queued, started, steps, then finished or failed; heartbeats in between. */
export type RunEvent = NonNullable<RunResponse["event"]>;

export interface RunOptions extends StreamOptions {
  /** Called with warnings for people. */
  readonly warn?: ((sentence: string) => void) | undefined;
}

function isLast(event: RunEvent): boolean {
  return event.$case === "finished" || event.$case === "failed";
}

/**
 * One `Run` call as a generator that ends after finished or failed. Leaving it early, by return, throw or the signal,
 * cancels the run on the server within one step.
 *
 * @throws ProbeError kind input (the server refused the cell), unreachable (it is gone), interrupted, or failed
 */
export async function* runEvents(
  client: ProbeServiceClient,
  address: string,
  request: RunRequest,
  { warn, ...options }: RunOptions = {},
): AsyncGenerator<RunEvent, void, undefined> {
  let warned = false;
  for await (const { event } of messages(address, "run", () => client.run(request), options)) {
    if (event !== undefined) {
      yield event;
      if (isLast(event)) return;
    } else if (!warned) {
      warned = true;
      warn?.(
        `The server at ${address} sends an event that this client does not know; use the same version of client and server.`,
      );
    }
  }
  throw new ProbeError("failed", `The server at ${address} ended a run without a final event; its log may say why.`);
}

/** Contents up to this size are sent at once; a larger one is first looked for on the server. */
const SMALL_START = 256 * 1024;

/** The request without the content of its start, which the server may have; null if it has none worth leaving out. */
function withoutContent(request: RunRequest): RunRequest | null {
  const { cell } = request;
  if (cell?.start === undefined || cell.start.data.byteLength <= SMALL_START) return null;
  return { ...request, cell: { ...cell, start: { ...cell.start, data: Buffer.alloc(0) } } };
}

function isUnknownContent(thrown: unknown): boolean {
  const { cause } = ProbeError.from(thrown);
  return cause instanceof Error && "code" in cause && cause.code === status.FAILED_PRECONDITION;
}

/** {@link runEvents}, but a large start is sent only if the server does not have it. */
async function* runFromStart(
  client: ProbeServiceClient,
  address: string,
  request: RunRequest,
  options: RunOptions = {},
): AsyncGenerator<RunEvent, void, undefined> {
  const short = withoutContent(request);
  if (short !== null) {
    try {
      yield* runEvents(client, address, short, options);
      return;
    } catch (thrown) {
      // The server answers so before the first event, and never to a request with the content.
      if (!isUnknownContent(thrown)) throw thrown;
    }
  }
  yield* runEvents(client, address, request, options);
}

/** One server, as the client sees it. Every method throws ProbeError only. */
export interface ProbeClient {
  /** `HOST:PORT` */
  readonly address: string;
  /** What the server runs and allows, and its current load. */
  describe(): Promise<DescribeResponse>;
  /** One cell's events; leaving the loop cancels the cell. */
  run(request: RunRequest, options?: RunOptions): AsyncGenerator<RunEvent, void, undefined>;
  /** @returns false if no such run is queued or running */
  cancel(runId: string): Promise<boolean>;
  /** What the text encoders read of each prompt, in order. */
  countTokens(prompts: readonly string[]): Promise<PromptTokens[]>;
  /** Copies a finished run's artifact to the file `target`, whole and verified, or not at all. */
  fetchArtifact(artifact: Artifact, target: string, options?: StreamOptions): Promise<void>;
  close(): void;
}

/** Steps carry sums per latent frame, which may exceed gRPC's default limit of 4 MiB. */
const LARGEST_MESSAGE = 64 * 1024 * 1024;

/**
 * A client of the server at an address. Nothing is dialled before the first call.
 *
 * HTTP/2 keepalive stays off: a gRPC server answers pings that come without data with a closed connection, and the
 * heartbeat event finds a lost server without them.
 *
 * @param address `HOST:PORT`
 * @throws ProbeError kind input if the address is invalid
 */
export function connect(address: string): ProbeClient {
  const client = new ProbeServiceClient(checkAddress(address), credentials.createInsecure(), {
    "grpc.max_receive_message_length": LARGEST_MESSAGE,
    ...(isLoopback(address) ? { "grpc.enable_http_proxy": 0 } : {}),
  });
  return {
    address,
    describe: () => unary(address, (metadata, options, done) => client.describe({}, metadata, options, done)),
    run: (request, options) => runFromStart(client, address, request, options),
    cancel: async (runId) => {
      const { found } = await unary<{ found: boolean }>(address, (metadata, options, done) =>
        client.cancel({ runId }, metadata, options, done),
      );
      return found;
    },
    countTokens: async (prompts) => {
      const answer = await unary<CountTokensResponse>(address, (metadata, options, done) =>
        client.countTokens({ prompts: [...prompts] }, metadata, options, done),
      );
      return answer.prompts;
    },
    fetchArtifact: (artifact, target, options) => fetchArtifact(client, address, artifact, target, options),
    close: () => client.close(),
  };
}

/**
 * Copies one artifact of a finished run to a file, which appears complete and verified by its sha256, or not at all.
 *
 * @param target the file to write; its folder is created if missing
 * @throws ProbeError kind failed if the bytes do not have the promised sha256
 */
export async function fetchArtifact(
  client: ProbeServiceClient,
  address: string,
  artifact: Artifact,
  target: string,
  options: StreamOptions = {},
): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const part = `${target}.part`;
  const file = await open(part, "w");
  const hash = createHash("sha256");
  let size = 0;
  try {
    const call = () => client.fetchArtifact({ artifactId: artifact.artifactId });
    for await (const { data } of messages(address, `copy of ${artifact.fileName}`, call, options)) {
      hash.update(data);
      size += data.length;
      await file.write(data);
    }
    const sha256 = hash.digest("hex");
    if (sha256 !== artifact.sha256) {
      throw new ProbeError(
        "failed",
        `The artifact ${artifact.fileName} arrived as ${size} bytes with sha256 ${sha256}; ` +
          `${address} promised ${artifact.size} bytes with ${artifact.sha256}. Run the same command again.`,
      );
    }
    await file.sync();
    await file.close();
    await rename(part, target);
  } catch (thrown) {
    await file.close().catch(() => undefined);
    await rm(part, { force: true });
    throw thrown;
  }
}
