import { weightsWord } from "../analysis/provenance.ts";
import { cellLabel } from "../experiment/axes.ts";
import { type Cost, cost } from "../experiment/cost.ts";
import type { ShapeEstimate } from "../experiment/estimate.ts";
import type { Expansion } from "../experiment/expand.ts";
import { shapeText } from "../experiment/shape.ts";
import type { AskedServer, Forecast, Turn } from "../sweep/forecast.ts";
import { duration } from "./progressLine.ts";

const LISTED = 40;

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function joined(words: readonly string[]): string {
  const distinct = [...new Set(words)];
  return distinct.length < 2 ? distinct.join() : `${distinct.slice(0, -1).join(", ")} and ${distinct.at(-1)}`;
}

function costText({ cells, steps, evaluations }: Cost): string {
  return [counted(cells, "cell"), counted(steps, "step"), counted(evaluations, "model evaluation")].join(", ");
}

function secondsText(seconds: number): string {
  return seconds < 10 ? `${Number(seconds.toPrecision(2))} s` : duration(seconds);
}

function gibibytes(bytes: number): string {
  return `${Number((bytes / 2 ** 30).toPrecision(3))} GiB`;
}

function recordLine({ finished, left }: Forecast, directory: string, all: number): string[] {
  if (finished === null) return [];
  if (left.cells === 0) return [`${directory} has all of them; nothing is left to run\n`];
  return [`${directory} has ${finished} of the ${counted(all, "cell")}; left are ${costText(left)}\n`];
}

function serverText({ address, description: { provenance }, slots }: AskedServer): string {
  const { model, device } = provenance ?? {};
  const what = [`${model?.id ?? "unknown model"}, ${weightsWord(model?.weights)} weights`, device?.name].filter(
    Boolean,
  );
  return `${address} (${what.join("; ")}), ${slots === 1 ? "one cell at a time" : `up to ${slots} cells at once`}`;
}

function shapeLine({ shape, evaluations, seconds, basis, from }: ShapeEstimate, source: Turn["source"]): string {
  const where = source === "record" ? " in this record" : "";
  const told = from.map((one) => (basis === "other rows" ? `${one.batchSize}` : shapeText(one)));
  const others = `${basis === "other rows" ? "batches of " : ""}${joined(told)}`;
  const how = basis === "measured" ? `measured${where}` : `scaled from ${others}${where}`;
  return `  ${shapeText(shape)}: ${counted(evaluations, "evaluation")} in ${secondsText(seconds)} (${how})\n`;
}

function memoryLine({ estimate, device, source }: Turn): string {
  const memory = estimate?.memory ?? null;
  if (memory === null) return `  memory: not known${device?.kind === "cpu" ? " on a cpu" : ""}\n`;
  const { bytes, bound, from } = memory;
  const total = device?.memoryBytes ?? 0n;
  const of = total > 0n ? ` of the device's ${gibibytes(Number(total))}` : "";
  const rows = source === "record" || from.batchSize === 1 ? "" : ` in batches of ${from.batchSize}`;
  const how = bound === "measured" ? "measured" : `as ${shapeText(from)}${rows} took`;
  return `  memory: ${bound === "measured" ? "" : `${bound} `}${gibibytes(bytes)}${of} (${how})\n`;
}

function* turnLines(turn: Turn): Generator<string> {
  const { model, server, shared, source, estimate } = turn;
  if (server !== null) {
    yield `${model === null ? "" : `${model} `}on ${serverText(server)}\n`;
    if (shared > 0)
      yield `  ${counted(shared, "evaluation")} shared: cells that begin alike compute their first once\n`;
  } else if (model !== null && estimate !== null) yield `${model}\n`;
  if (estimate === null) {
    if (server !== null)
      yield "  no estimate of time and memory: this server has measured nothing yet, but will in a first cell\n";
    return;
  }
  for (const shape of estimate.shapes) yield shapeLine(shape, source);
  yield memoryLine(turn);
}

/** What a sweep would do and what that would take, as lines. */
export function* dryRunText(
  { name, profile, cells, axes }: Expansion,
  directory: string,
  told: Forecast,
): Generator<string> {
  const laid = profile === null ? "" : ` with profile ${profile}`;
  yield `${name}${laid}: ${costText(cost(cells))}, into ${directory}\n`;
  for (const cell of cells.slice(0, LISTED)) yield `  ${cellLabel(cell, axes)}\n`;
  if (cells.length > LISTED) yield `  and ${cells.length - LISTED} more\n`;
  yield* recordLine(told, directory, cells.length);
  for (const turn of told.turns) yield* turnLines(turn);
  const again = told.left.cells === 0 ? " in another folder" : "";
  if (told.seconds !== null) {
    yield `time${again}: about ${secondsText(told.seconds)}, without loading, prompts, decoding and files\n`;
  } else if (told.turns.every(({ server }) => server === null)) {
    yield "for an estimate of time and memory name a server that runs: --server HOST:PORT\n";
  }
}
