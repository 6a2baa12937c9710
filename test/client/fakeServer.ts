import { Server, ServerCredentials, type ServerWritableStream, type sendUnaryData } from "@grpc/grpc-js";
import {
  type CancelRequest,
  type CountTokensRequest,
  type CountTokensResponse,
  DescribeResponse,
  type FetchArtifactRequest,
  type FetchArtifactResponse,
  type RunRequest,
  type RunResponse,
} from "../../src/generated/l1probe/v1/probe.ts";
import { ProbeServiceService } from "../../src/generated/l1probe/v1/probe_service.ts";

export type RunCall = ServerWritableStream<RunRequest, RunResponse>;

/** What a test makes the server do; what it leaves out answers with nothing. */
export interface Behaviour {
  describe?: DescribeResponse;
  run?: (call: RunCall) => void;
  countTokens?: (request: CountTokensRequest) => CountTokensResponse;
  fetchArtifact?: (call: ServerWritableStream<FetchArtifactRequest, FetchArtifactResponse>) => void;
}

export interface FakeServer {
  readonly address: string;
  readonly cancelled: string[];
  kill(): void;
}

/** A server made from the real contract, on a free loopback port. */
export async function serve(behaviour: Behaviour): Promise<FakeServer> {
  const server = new Server();
  const cancelled: string[] = [];
  server.addService(ProbeServiceService, {
    describe: (_: unknown, done: sendUnaryData<DescribeResponse>) =>
      done(null, behaviour.describe ?? DescribeResponse.fromPartial({})),
    run: (call: RunCall) => (behaviour.run === undefined ? call.end() : behaviour.run(call)),
    cancel: ({ request }: { request: CancelRequest }, done: sendUnaryData<{ found: boolean }>) => {
      cancelled.push(request.runId);
      done(null, { found: request.runId === "known" });
    },
    countTokens: ({ request }: { request: CountTokensRequest }, done: sendUnaryData<CountTokensResponse>) =>
      done(null, behaviour.countTokens?.(request) ?? { prompts: [] }),
    fetchArtifact: (call: ServerWritableStream<FetchArtifactRequest, FetchArtifactResponse>) =>
      behaviour.fetchArtifact?.(call),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { address: `127.0.0.1:${port}`, cancelled, kill: () => server.forceShutdown() };
}

/** An event, from as little of it as a test cares for. */
export function event(body: NonNullable<RunResponse["event"]>): RunResponse {
  return { event: body };
}
