import {
  type Cell,
  DescribeResponse,
  Finished,
  Queued,
  type RunResponse,
  Started,
  Step,
} from "../../src/generated/l1probe/v1/probe.ts";
import { event, type FakeServer, type RunCall, serve } from "../client/fakeServer.ts";
import { provenance } from "../record/sample.ts";

let runs = 0;

/** The events of a successful run; |cond| of a step is seed + step. */
export function* eventsOf(cell: Cell, finished: Finished): Generator<RunResponse> {
  const runId = `run-${runs++}`;
  yield event({ $case: "queued", value: Queued.fromPartial({ runId }) });
  const { cellId, sigmas } = cell;
  yield event({ $case: "started", value: Started.fromPartial({ runId, cellId, sigmas, provenance }) });
  for (const [step, sigma] of sigmas.entries()) {
    const whole = { count: 1n, sumAbs: Number(cell.seed) + step };
    yield event({ $case: "step", value: Step.fromPartial({ step, sigma, signals: [{ signal: 2, whole }] }) });
  }
  yield event({ $case: "finished", value: finished });
}

export const good = (cell: Cell): RunResponse[] => [...eventsOf(cell, Finished.fromPartial({ seconds: 1 }))];

/** The events that a server sends for a cell. */
export type Play = (cell: Cell, call: RunCall) => Iterable<RunResponse>;

export interface Stage {
  readonly address: string;
  /** The cells that were requested, in order. */
  readonly requested: Cell[];
  kill(): void;
}

/** A fake server that sends scripted events for each cell. */
export async function stage(play: Play, more: Parameters<typeof serve>[0] = {}): Promise<Stage> {
  const requested: Cell[] = [];
  const server: FakeServer = await serve({
    describe: DescribeResponse.fromPartial({ provenance, samplers: ["euler"] }),
    run: (call) => {
      const { cell } = call.request;
      if (cell === undefined) throw new Error("a run without a cell");
      requested.push(cell);
      for (const one of play(cell, call)) call.write(one);
    },
    ...more,
  });
  return { address: server.address, requested, kill: () => server.kill() };
}
