import { cellLabel, type Shape, shapeText } from "../experiment/cell.ts";
import type { Estimate, ShapeEstimate } from "../experiment/estimate.ts";
import type { Expansion } from "../experiment/expand.ts";
import { cutNotes } from "../experiment/fit.ts";
import { modelLabel } from "../experiment/identity.ts";
import { forwardsOf, type Workload, workload } from "../experiment/workload.ts";
import type { Measured } from "../generated/l1probe/v1/probe.ts";
import { weightsWord } from "../record/manifest.ts";
import type { ARTIFACTS } from "../sweep/artifacts.ts";
import type { Forecast, ForecastServer, ModelPass } from "../sweep/forecast.ts";
import { say, write } from "./process.ts";
import { duration, progressLine } from "./progressLine.ts";
import type { DryRunFormat } from "./sweep.ts";

const shapeJson = ({ height, width, frames }: Shape) => ({ height, width, frames });

const measuredJson = (one: Measured) => ({
  ...shapeJson(one),
  batch_size: one.batchSize,
  forwards: one.forwards,
  seconds: one.seconds,
});

const estimateJson = ({ seconds, shapes, memory }: Estimate) => ({
  seconds,
  shapes: shapes.map(({ shape, from, ...rest }) => ({ ...shapeJson(shape), ...rest, from: from.map(measuredJson) })),
  memory: memory && { bytes: memory.bytes, bound: memory.bound, from: measuredJson(memory.from) },
});

function serverJson({ server }: ModelPass) {
  if (server === null) return null;
  const { provenance, maxBatch } = server.description;
  return {
    address: server.address,
    model: provenance?.model?.id ?? null,
    loras: (provenance?.model?.loras ?? []).map(({ id, scale, transformer }) => ({ id, scale, transformer })),
    weights: weightsWord(provenance?.model?.weights),
    device: provenance?.device?.name ?? null,
    device_memory_bytes: Number(provenance?.device?.memoryBytes ?? 0n) || null,
    max_batch: Math.max(1, maxBatch),
    concurrency: server.concurrency,
  };
}

const passJson = (turn: ModelPass) => ({
  model: turn.model,
  cells: turn.cells,
  steps: turn.steps,
  evaluations: turn.evaluations,
  shared_evaluations: turn.shared,
  server: serverJson(turn),
  measured_by: turn.source,
  prompts: turn.prompts.map(({ prompt, encoders }) => ({
    prompt,
    encoders: encoders.map(({ encoder, tokens, kept, cut }) => ({ encoder, tokens, kept, cut })),
  })),
  estimate: turn.estimate && estimateJson(turn.estimate),
});

/**
 * What a sweep would do and cost, as JSON. `finished` is null if the directory has no sweep. `turns` are the per-model
 * passes over the missing cells, or over all cells if none is missing. `evaluations` counts forwards, two per evaluation
 * with true CFG. Seconds and bytes are null if nothing was measured.
 */
export function dryRunJson(expansion: Expansion, directory: string, forecasted: Forecast): string {
  const { name, profile, cells, axes } = expansion;
  const json = {
    name,
    profile,
    directory,
    total: workload(cells),
    finished: forecasted.finished,
    left: forecasted.left,
    cells: cells.map((cell) => ({
      ...Object.fromEntries(axes.map((axis) => [axis, cell[axis]])),
      ...shapeJson(cell),
      steps: cell.steps,
      evaluations: forwardsOf(cell),
    })),
    seconds: forecasted.seconds,
    turns: forecasted.passes.map(passJson),
  };
  return JSON.stringify(json, null, 2);
}

const LISTED = 40;

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function joined(words: readonly string[]): string {
  const distinct = [...new Set(words)];
  return distinct.length < 2 ? distinct.join() : `${distinct.slice(0, -1).join(", ")} and ${distinct.at(-1)}`;
}

function workloadText({ cells, steps, evaluations }: Workload): string {
  return [counted(cells, "cell"), counted(steps, "step"), counted(evaluations, "forward")].join(", ");
}

function secondsText(seconds: number): string {
  return seconds < 10 ? `${Number(seconds.toPrecision(2))} s` : duration(seconds);
}

function gibibytes(bytes: number): string {
  return `${Number((bytes / 2 ** 30).toPrecision(3))} GiB`;
}

function recordLine({ finished, left }: Forecast, directory: string, all: number): string[] {
  if (finished === null) return [];
  if (left.cells === 0) return [`${directory} has all cells; nothing is left to run\n`];
  return [`${directory} has ${finished} of the ${counted(all, "cell")}; ${workloadText(left)} left\n`];
}

function serverText({ address, description: { provenance }, concurrency }: ForecastServer): string {
  const { model, device } = provenance ?? {};
  const what = [`${modelLabel(model)}, ${weightsWord(model?.weights)} weights`, device?.name].filter(Boolean);
  return `${address} (${what.join("; ")}), ${concurrency === 1 ? "one cell at a time" : `up to ${concurrency} concurrent cells`}`;
}

function shapeLine({ shape, evaluations, seconds, basis, from }: ShapeEstimate, source: ModelPass["source"]): string {
  const where = source === "record" ? " in this record" : "";
  const sources = from.map((one) => (basis === "other rows" ? `${one.batchSize}` : shapeText(one)));
  const others = `${basis === "other rows" ? "batches of " : ""}${joined(sources)}`;
  const how = basis === "measured" ? `measured${where}` : `scaled from ${others}${where}`;
  return `  ${shapeText(shape)}: ${counted(evaluations, "forward")} in ${secondsText(seconds)} (${how})\n`;
}

function memoryLine({ estimate, device, source }: ModelPass): string {
  const memory = estimate?.memory ?? null;
  if (memory === null) return `  memory: unknown${device?.kind === "cpu" ? " on a CPU" : ""}\n`;
  const { bytes, bound, from } = memory;
  const total = device?.memoryBytes ?? 0n;
  const of = total > 0n ? ` of the device's ${gibibytes(Number(total))}` : "";
  const rows = source === "record" || from.batchSize === 1 ? "" : ` in batches of ${from.batchSize}`;
  const how = bound === "measured" ? "measured" : `from ${shapeText(from)}${rows}`;
  return `  memory: ${bound === "measured" ? "" : `${bound} `}${gibibytes(bytes)}${of} (${how})\n`;
}

/** `text_encoder reads 11 to 14 of at most 16`, and what is cut. */
function* tokenLines({ prompts, server }: ModelPass): Generator<string> {
  if (prompts.length === 0) return;
  const limits = (server?.description.textEncoders ?? []).flatMap(({ name, limit }) => {
    const counts = prompts.flatMap(({ encoders }) => encoders.filter(({ encoder }) => encoder === name));
    const kept = [...new Set([Math.min, Math.max].map((of) => of(...counts.map((count) => count.kept))))];
    return counts.length === 0 ? [] : [`${name} reads ${kept.join(" to ")} of at most ${limit}`];
  });
  yield `  tokens of ${counted(prompts.length, "prompt")}: ${limits.join(", ")}\n`;
  for (const sentence of cutNotes(prompts)) yield `  ${sentence}\n`;
}

function* passLines(turn: ModelPass): Generator<string> {
  const { model, server, shared, source, estimate } = turn;
  if (server !== null) {
    yield `${model === null ? "" : `${model} `}on ${serverText(server)}\n`;
    yield* tokenLines(turn);
    if (shared > 0) yield `  ${counted(shared, "forward")} saved: identical first steps are computed once\n`;
  } else if (model !== null && estimate !== null) yield `${model}\n`;
  if (estimate === null) {
    if (server !== null) yield "  no time or memory estimate yet: run one cell on this server first\n";
    return;
  }
  for (const shape of estimate.shapes) yield shapeLine(shape, source);
  yield memoryLine(turn);
}

/** What a sweep would do and cost, as lines of text. */
export function* dryRunText(
  { name, profile, cells, axes }: Expansion,
  directory: string,
  forecasted: Forecast,
): Generator<string> {
  const laid = profile === null ? "" : ` with profile ${profile}`;
  yield `${name}${laid}: ${workloadText(workload(cells))}, into ${directory}\n`;
  for (const cell of cells.slice(0, LISTED)) yield `  ${cellLabel(cell, axes)}\n`;
  if (cells.length > LISTED) yield `  and ${cells.length - LISTED} more\n`;
  yield* recordLine(forecasted, directory, cells.length);
  for (const turn of forecasted.passes) yield* passLines(turn);
  const again = forecasted.left.cells === 0 ? " in another folder" : "";
  if (forecasted.seconds !== null) {
    yield `time${again}: about ${secondsText(forecasted.seconds)}, without loading, prompts, decoding and files\n`;
  } else if (forecasted.passes.every(({ server }) => server === null)) {
    yield "to estimate time and memory, name a running server: --server HOST:PORT\n";
  }
}

export interface DryRun {
  readonly server?: readonly string[] | undefined;
  readonly model?: string | undefined;
  readonly lora?: readonly string[] | undefined;
  readonly extend?: boolean | undefined;
  readonly concurrency?: number | undefined;
  readonly keep?: readonly (keyof typeof ARTIFACTS)[] | undefined;
  readonly "states-at"?: readonly number[] | undefined;
  readonly format?: DryRunFormat | undefined;
  readonly quiet: boolean;
}

/** Prints what a sweep would do and cost; runs nothing. */
export async function dryRun(typed: DryRun, expansion: Expansion, directory: string): Promise<void> {
  const { server: servers = [], model, lora: loras, extend, concurrency, format = "text", quiet } = typed;
  const { forecast } = await import("../sweep/forecast.ts");
  const { ARTIFACTS, checkStatesAt } = await import("../sweep/artifacts.ts");
  checkStatesAt(expansion, typed.keep?.map((name) => ARTIFACTS[name]) ?? [], typed["states-at"]);
  for (const sentence of expansion.notes) say(`note: ${sentence}`);
  const line = progressLine(process.stderr, quiet);
  const { status } = line;
  const forecasted = await forecast({
    expansion,
    directory,
    extend,
    servers,
    model,
    loras,
    concurrency,
    status,
  }).finally(line.end);
  if (format === "json") {
    await write([`${dryRunJson(expansion, directory, forecasted)}\n`]);
    return;
  }
  await write(dryRunText(expansion, directory, forecasted));
}
