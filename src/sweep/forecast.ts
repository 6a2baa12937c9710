import { checkServers, openServers } from "../client/servers.ts";
import { type Estimate, estimate, measurements } from "../experiment/estimate.ts";
import { checkModelChoice, type Expansion, modelsOf } from "../experiment/expand.ts";
import type { PromptTokens } from "../experiment/fit.ts";
import { forwardsOf, runOrder, sharedEvaluations, type Workload, workload } from "../experiment/workload.ts";
import type { DescribeResponse, Device } from "../generated/l1probe/v1/probe.ts";
import { cellChanges, cellsIn, modelDifferences, otherCells, otherModel } from "../record/differences.ts";
import { provenanceFor, readManifest } from "../record/manifest.ts";
import { readCells } from "../record/read.ts";
import type { CellRecord, SweepRecord } from "../record/record.ts";
import { extended } from "../record/resume.ts";
import { fittingServer, promptTokens } from "./modelServer.ts";
import { recordedTimes, type TimedEntry } from "./recordedTimes.ts";
import { checkConcurrency, concurrencyOf } from "./runCells.ts";

export interface ForecastOptions {
  readonly expansion: Expansion;
  /** The sweep's directory; read if it exists. */
  readonly directory: string;
  /** Whether another experiment's sweep in the directory would be extended, not refused. */
  readonly extend?: boolean | undefined;
  /** `HOST:PORT` of running servers, whose measurements are used. */
  readonly servers: readonly string[];
  /** The model of a server that would be started. */
  readonly model?: string | undefined;
  /** LoRAs of a server that would be started. */
  readonly loras?: readonly string[] | undefined;
  /** Maximum number of concurrent cells; by default, as many as fill each server's batch. */
  readonly concurrency?: number | undefined;
  /** Called with what the forecast is waiting for. */
  readonly status?: ((text: string) => void) | undefined;
}

/** A described server, and how many concurrent cells it would run. */
export interface ForecastServer {
  readonly address: string;
  readonly description: DescribeResponse;
  readonly concurrency: number;
}

/** One per-model pass: the cells of one model, which run on one server. */
export interface ModelPass extends Workload {
  readonly model: string | null;
  /** null if none was named. */
  readonly server: ForecastServer | null;
  /** Where it would run, or has run so far; null if neither is known. */
  readonly device: Device | null;
  /** Forwards saved by reusing another cell's identical first step. */
  readonly shared: number;
  /** What the text encoders read of the prompts; empty if no server was asked, or if it does not say. */
  readonly prompts: readonly PromptTokens[];
  /** What the estimate's seconds were measured by. */
  readonly source: "server" | "record" | null;
  readonly estimate: Estimate | null;
}

/** What a sweep would do and cost. */
export interface Forecast {
  /** Finished cells in the directory; null if it has no sweep. */
  readonly finished: number | null;
  readonly left: Workload;
  /** By model: the missing cells, or all cells if none is missing. */
  readonly passes: readonly ModelPass[];
  /** Of all passes; null if one of them cannot be estimated. */
  readonly seconds: number | null;
}

interface Recorded {
  readonly record: SweepRecord;
  readonly entries: readonly TimedEntry[];
}

async function recordedIn({ directory, expansion, extend = false }: ForecastOptions): Promise<Recorded | null> {
  const recorded = await readManifest(directory);
  if (recorded === null) return null;
  const changes = cellChanges(cellsIn(recorded), expansion);
  const changed = changes.words.length > 0;
  if (changed && !extend) throw otherCells(directory, changes);
  const { experiment, command, created: time } = recorded;
  const { name, axes, cells } = expansion;
  const manifest = changed ? extended(recorded, { name, axes, cells, experiment, command, time }) : recorded;
  const entries: TimedEntry[] = [];
  const { record } = await readCells(directory, manifest, (entry) => entries.push(entry));
  return { record, entries };
}

type Pending = Pick<CellRecord, "cell" | "status">;

function passOf(
  model: string | null,
  pending: readonly Pending[],
  server: ForecastServer | null,
  recorded: Recorded | null,
): Omit<ModelPass, "prompts"> {
  const concurrency = server?.concurrency ?? 1;
  const maxBatch = server?.description.maxBatch ?? 1;
  const skips = server?.description.guidanceByStep?.skipsUnconditional ?? true;
  const cells = runOrder(pending, concurrency).map(({ cell }) => cell);
  // With one cell at a time, the server may have forgotten the first step by the time another cell needs it.
  const shares = concurrency > 1 && maxBatch > 1 ? sharedEvaluations(cells) : cells.map(() => 0);
  const work = cells.map((cell, i) => ({ shape: cell, evaluations: forwardsOf(cell, skips) - (shares[i] ?? 0) }));
  const provenance = server?.description.provenance ?? (recorded && provenanceFor(recorded.record.manifest, model));
  const device = provenance?.device ?? null;
  const common = {
    model,
    server,
    device,
    ...workload(cells, skips),
    shared: shares.reduce((sum, share) => sum + share, 0),
  };
  const { measured = [], shapeRules } = server?.description ?? {};
  const here = measurements(measured, shapeRules?.frameMultiple ?? 1);
  const byServer = estimate(work, here, Math.min(concurrency, Math.max(1, maxBatch)));
  if (byServer !== null) return { ...common, source: "server", estimate: byServer };
  const own = recorded?.record.cells.filter(({ cell }) => cell.model === model) ?? [];
  const then = measurements(recordedTimes(own, recorded?.entries ?? []), shapeRules?.frameMultiple ?? 1);
  // A record's mean times already include concurrency and shared first steps.
  const whole = cells.map((cell) => ({ shape: cell, evaluations: forwardsOf(cell, skips) }));
  const byRecord = estimate(whole, then, 1);
  return { ...common, source: byRecord === null ? null : "record", estimate: byRecord };
}

/**
 * Forecasts what a sweep would do and cost, from what its servers have measured so far or, failing that, from its own
 * record. Nothing is run or written.
 *
 * @throws ProbeError kind input if the sweep would be refused, or unreachable
 */
export async function forecast(options: ForecastOptions): Promise<Forecast> {
  const { expansion, directory, model: wanted, loras, concurrency, status } = options;
  checkConcurrency(concurrency);
  checkServers({ servers: options.servers, model: wanted, loras });
  checkModelChoice(expansion, wanted, loras);
  const recorded = await recordedIn(options);
  const cells: readonly Pending[] =
    recorded?.record.cells ?? expansion.cells.map((cell) => ({ cell, status: "missing" }));
  const missing = cells.filter((cell) => cell.status !== "finished");
  const pending = missing.length > 0 ? missing : cells;
  const servers = options.servers.length === 0 ? null : await openServers({ servers: options.servers, status });
  try {
    const passes: ModelPass[] = [];
    for (const model of modelsOf(pending.map(({ cell }) => cell))) {
      const own = pending.filter(({ cell }) => cell.model === model);
      const server = servers === null ? null : await fittingServer(expansion, servers, model);
      const described = server && {
        address: server.client.address,
        ...withConcurrency(server.description, concurrency),
      };
      const known = recorded && provenanceFor(recorded.record.manifest, model)?.model;
      const different = modelDifferences(known ?? undefined, described?.description.provenance?.model);
      if (different.length > 0) throw otherModel(directory, different);
      const prompts =
        server === null
          ? []
          : await promptTokens(
              server,
              own.map(({ cell }) => cell),
            );
      passes.push({ ...passOf(model, own, described, recorded), prompts });
    }
    const seconds = passes.map((pass) => pass.estimate?.seconds ?? Number.NaN).reduce((sum, part) => sum + part, 0);
    return {
      finished: recorded === null ? null : cells.length - missing.length,
      left: workload(missing.map(({ cell }) => cell)),
      passes,
      seconds: Number.isNaN(seconds) ? null : seconds,
    };
  } finally {
    await servers?.close();
  }
}

function withConcurrency(description: DescribeResponse, concurrency: number | undefined) {
  return { description, concurrency: concurrencyOf(description, concurrency) };
}
