import { checkServers, openServers } from "../client/servers.ts";
import { type Estimate, estimate, measurements } from "../experiment/estimate.ts";
import { checkModelChoice, type Expansion, modelsOf } from "../experiment/expand.ts";
import { runOrder, sharedEvaluations } from "../experiment/order.ts";
import { evaluations, type Workload, workload } from "../experiment/workload.ts";
import type { DescribeResponse, Device } from "../generated/l1probe/v1/probe.ts";
import { provenanceFor, readManifest } from "../record/manifest.ts";
import { readCells } from "../record/read.ts";
import type { CellRecord, SweepRecord } from "../record/record.ts";
import { cellDifferences, cellsIn, modelDifferences, otherSweep } from "../record/resume.ts";
import { fittingServer } from "./modelServer.ts";
import { recordedTimes, type TimedEntry } from "./recordedTimes.ts";
import { checkConcurrency, concurrencyOf } from "./runCells.ts";

export interface ForecastOptions {
  readonly expansion: Expansion;
  /** The sweep's directory; it is read if it is there. */
  readonly directory: string;
  /** `HOST:PORT` of servers that run, each asked what it has measured. */
  readonly servers: readonly string[];
  /** The model of a server that would be started. */
  readonly model?: string | undefined;
  /** Cells that would be asked for at once; if not given, as many as fill each server's batch. */
  readonly concurrency?: number | undefined;
  /** Hears what is waited for. */
  readonly status?: ((text: string) => void) | undefined;
}

/** A server that was asked, and how many cells it would run at once. */
export interface ForecastServer {
  readonly address: string;
  readonly description: DescribeResponse;
  readonly concurrency: number;
}

/** The cells of one model, which run on one server. */
export interface ModelPass extends Workload {
  readonly model: string | null;
  /** null where none was named. */
  readonly server: ForecastServer | null;
  /** Where it would run, or ran so far; null where neither is known. */
  readonly device: Device | null;
  /** Of the evaluations, those that the server computes for another cell anyway. */
  readonly shared: number;
  /** What measured the seconds of the estimate. */
  readonly source: "server" | "record" | null;
  readonly estimate: Estimate | null;
}

/** What a sweep would do, and what that would take. */
export interface Forecast {
  /** Cells that the directory has already; null where no sweep was begun there. */
  readonly finished: number | null;
  readonly left: Workload;
  /** The cells that are left, or all of them again where none is, by model. */
  readonly passes: readonly ModelPass[];
  /** Of all passes; null where one of them cannot be estimated. */
  readonly seconds: number | null;
}

interface Recorded {
  readonly record: SweepRecord;
  readonly entries: readonly TimedEntry[];
}

async function recordedIn(directory: string, expansion: Expansion): Promise<Recorded | null> {
  const manifest = await readManifest(directory);
  if (manifest === null) return null;
  const different = cellDifferences(cellsIn(manifest), expansion);
  if (different.length > 0) throw otherSweep(directory, different.join("; "));
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
): ModelPass {
  const concurrency = server?.concurrency ?? 1;
  const maxBatch = server?.description.maxBatch ?? 1;
  const cells = runOrder(pending, concurrency).map(({ cell }) => cell);
  // One at a time, cells come in an order in which the server may have forgotten how the one that began alike did.
  const shares = concurrency > 1 && maxBatch > 1 ? sharedEvaluations(cells) : cells.map(() => 0);
  const work = cells.map((cell, i) => ({ shape: cell, evaluations: evaluations(cell) - (shares[i] ?? 0) }));
  const provenance = server?.description.provenance ?? (recorded && provenanceFor(recorded.record.manifest, model));
  const device = provenance?.device ?? null;
  const common = { model, server, device, ...workload(cells), shared: shares.reduce((sum, share) => sum + share, 0) };
  const { measured = [], shapeRules } = server?.description ?? {};
  const here = measurements(measured, shapeRules?.frameMultiple ?? 1);
  const told = estimate(work, here, Math.min(concurrency, Math.max(1, maxBatch)));
  if (told !== null) return { ...common, source: "server", estimate: told };
  const own = recorded?.record.cells.filter(({ cell }) => cell.model === model) ?? [];
  const then = measurements(recordedTimes(own, recorded?.entries ?? []), shapeRules?.frameMultiple ?? 1);
  // What ran at once and what was shared is in a record's means already.
  const whole = cells.map((cell) => ({ shape: cell, evaluations: evaluations(cell) }));
  const again = estimate(whole, then, 1);
  return { ...common, source: again === null ? null : "record", estimate: again };
}

/**
 * Says what a sweep would do and what that would take, by what its servers have measured so far or, without, by what its
 * own record has. Nothing is run or written.
 *
 * @throws ProbeError kind input where the sweep would be refused, or unreachable
 */
export async function forecast(options: ForecastOptions): Promise<Forecast> {
  const { expansion, directory, model: wanted, concurrency, status } = options;
  checkConcurrency(concurrency);
  checkServers({ servers: options.servers, model: wanted });
  checkModelChoice(expansion, wanted);
  const recorded = await recordedIn(directory, expansion);
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
      const asked = server && { address: server.client.address, ...described(server.description, concurrency) };
      const known = recorded && provenanceFor(recorded.record.manifest, model)?.model;
      const different = modelDifferences(known ?? undefined, asked?.description.provenance?.model);
      if (different.length > 0) throw otherSweep(directory, different.join("; "));
      passes.push(passOf(model, own, asked, recorded));
    }
    const seconds = passes
      .map(({ estimate: told }) => told?.seconds ?? Number.NaN)
      .reduce((sum, part) => sum + part, 0);
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

function described(description: DescribeResponse, concurrency: number | undefined) {
  return { description, concurrency: concurrencyOf(description, concurrency) };
}
