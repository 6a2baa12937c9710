import { ProbeError } from "../errors.ts";
import {
  type CatalogueEntry,
  type CatalogueParameter,
  catalogue,
  didYouMeanSchedule,
  formatSigmas,
  type Ports,
  PRESETS,
  type Preset,
  parseSchedule,
  type Schedule,
} from "../schedule/index.ts";
import type { PrintForm } from "./schedule.ts";
import { tabular } from "./tabular.ts";

/** A schedule as it was typed, with the numbers that would be sent. */
export interface Sampled {
  /** As typed. */
  readonly spec: string;
  readonly schedule: Schedule;
  readonly sigmas: readonly number[];
}

/**
 * Parses the typed schedules and samples each.
 *
 * @param steps if undefined, each schedule must fix its own number of steps
 */
export function sampled(specs: readonly string[], steps: number | undefined, ports: Ports): Sampled[] {
  if (specs.length === 0)
    throw new ProbeError("input", "No schedule is given; write one like shift:7, or --list to see all.");
  return specs.map((spec) => {
    const schedule = parseSchedule(spec, ports);
    const count = steps ?? schedule.fixedSteps;
    if (count === null) throw new ProbeError("input", `${spec} runs any number of steps; add --steps N.`);
    return { spec, schedule, sigmas: schedule.sigmas(count) };
  });
}

/**
 * The numbers in the given format.
 *
 * @param format if undefined, a plot and short numbers on a terminal, otherwise json
 * @param columns the terminal's width, or null if the output is not a terminal
 */
export function printed(samples: readonly Sampled[], format: PrintForm | undefined, columns: number | null): string {
  if (format === undefined && columns !== null) return forTerminal(samples, columns);
  return { json, csv, comfyui, markdown }[format ?? "json"](samples);
}

function json(samples: readonly Sampled[]): string {
  const [first] = samples;
  if (first !== undefined && samples.length === 1) return formatSigmas(first.sigmas, "json");
  return JSON.stringify(Object.fromEntries(samples.map(({ spec, sigmas }) => [spec, sigmas])));
}

function csv(samples: readonly Sampled[]): string {
  const [first] = samples;
  if (first !== undefined && samples.length === 1) return formatSigmas(first.sigmas, "csv");
  const rows = samples.flatMap(({ spec, sigmas }) =>
    formatSigmas(sigmas, "csv")
      .split("\n")
      .slice(1)
      .map((row) => `"${spec.replaceAll('"', '""')}",${row}`),
  );
  return ["schedule,step,sigma", ...rows].join("\n");
}

function comfyui(samples: readonly Sampled[]): string {
  const [first, second] = samples;
  if (first === undefined || second !== undefined)
    throw new ProbeError(
      "input",
      `${samples.length} schedules are given, but --format comfyui writes exactly one; give one.`,
    );
  return formatSigmas(first.sigmas, "comfyui");
}

/** A row per step, a column per schedule. */
function markdown(samples: readonly Sampled[]): string {
  const steps = Array.from({ length: Math.max(...samples.map(({ sigmas }) => sigmas.length)) }, (_, step) => step);
  const columns = samples.map(({ spec, sigmas }) => ({ key: spec, of: (step: number) => sigmas[step] ?? null }));
  return tabular([{ key: "step", of: (step: number) => step }, ...columns], steps, "markdown").trimEnd();
}

function forTerminal(samples: readonly Sampled[], columns: number): string {
  const plot = textPlot(samples, columns);
  const values = samples.map(({ schedule, sigmas }) => {
    const slopes = schedule.endSlopes;
    const ends = slopes === null ? "" : `, slope ${short(slopes.start)} first and ${short(slopes.terminal)} last`;
    const title = `${schedule.spec}: ${sigmas.length} sigmas${ends}`;
    return [title, ...wrapped(sigmas.map(short), columns)].join("\n");
  });
  return [plot, ...values].join("\n\n");
}

/** Six significant digits, for reading; json and csv have all of them. */
function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function wrapped(words: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + word.length + 1 <= columns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(`  ${word}`);
  }
  return lines;
}

const MARKS = ["●", "○", "■", "□", "▲", "△", "◆", "◇"] as const;
const HEIGHT = 13;

/** σ against step in characters: a mark at every step, dots between them. Schedules are overlaid in order. */
function textPlot(samples: readonly Sampled[], width: number): string {
  const left = 6;
  const columns = Math.max(30, Math.min(width, 100)) - left;
  const grid = Array.from({ length: HEIGHT }, () => Array.from({ length: columns }, () => " "));
  const put = (fraction: number, sigma: number, mark: string): void => {
    const row = grid[Math.round((1 - sigma) * (HEIGHT - 1))];
    if (row !== undefined) row[Math.round(fraction * (columns - 1))] = mark;
  };
  for (const { sigmas } of samples) {
    const last = sigmas.length;
    if (2 * last >= columns) continue;
    const at = (step: number): number => sigmas[step] ?? 0;
    for (let column = 0; column < columns; column++) {
      const place = (column / (columns - 1)) * last;
      const step = Math.min(Math.floor(place), last - 1);
      put(column / (columns - 1), at(step) + (place - step) * (at(step + 1) - at(step)), "·");
    }
  }
  for (const [index, { sigmas }] of samples.entries()) {
    const mark = MARKS[index % MARKS.length] ?? "●";
    for (const [step, sigma] of [...sigmas, 0].entries()) put(step / sigmas.length, sigma, mark);
  }
  const lines = grid.map((row, index) => {
    const sigma = 1 - index / (HEIGHT - 1);
    const label = index % 3 === 0 ? sigma.toFixed(2) : "";
    return `${label.padStart(4)} ${index % 3 === 0 ? "┤" : "│"}${row.join("").trimEnd()}`;
  });
  const most = Math.max(...samples.map(({ sigmas }) => sigmas.length));
  const even = samples.every(({ sigmas }) => sigmas.length === most);
  const [from, to] = even ? ["step 0", String(most)] : ["step/steps 0", "1"];
  const foot = `     └${"─".repeat(columns)}`;
  const ends = `${" ".repeat(left)}${from}${to.padStart(columns - from.length)}`;
  const legend = samples.map(({ spec }, index) => `${" ".repeat(left)}${MARKS[index % MARKS.length]} ${spec}`);
  return [`σ`.padStart(4), ...lines, foot, ends, ...legend].join("\n");
}

/** The list of schedules: all, or those named (with or without parameters). */
export function listed(specs: readonly string[], format: PrintForm | undefined): string {
  const all = catalogue();
  const names = specs.map((spec) => spec.split(/[:+]/)[0] ?? spec);
  const known = all.map(({ name }) => name);
  for (const name of names)
    if (!known.includes(name))
      throw new ProbeError("input", `There is no schedule ${name}${didYouMeanSchedule(name)}; --list alone shows all.`);
  const entries = names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
  if (format === "json") return JSON.stringify(entries, null, 2);
  if (format !== undefined)
    throw new ProbeError("input", `--list has no ${format} format; use --format json, or leave --format out.`);
  const presets = entries.some(({ name }) => name === "preset") ? `\n\n${presetsText(PRESETS)}` : "";
  return `${entries.map(entryText).join("\n\n")}${presets}`;
}

function entryText(entry: CatalogueEntry): string {
  const lines = [
    ["formula", entry.formula],
    ["slopes", entry.slopes],
    ...entry.parameters.map((parameter) => [
      parameter.name,
      `${parameter.doc}; ${parameter.allowed}; ${fallbackText(parameter)}`,
    ]),
    ...(entry.source === "-" ? [] : [["source", entry.source]]),
    ["example", entry.example],
  ];
  const widest = Math.max(...lines.map(([key = ""]) => key.length));
  const body = lines.map(([key = "", value = ""]) => `    ${key.padEnd(widest)}  ${value}`);
  return [signature(entry), `    ${entry.summary}`, ...body].join("\n");
}

/** The name with its parameters and a `+…` for each schedule it operates on: `blend:weight+…+…`. */
export function signature({ name, parameters, operands }: CatalogueEntry): string {
  const items = parameters.map((parameter) => (parameter.required ? parameter.name : `[${parameter.name}=…]`));
  return `${name}${items.length === 0 ? "" : `:${items.join(",")}`}${"+…".repeat(operands)}`;
}

/** `required`, `default 7`, or `optional`. */
export function fallbackText({ required, fallback }: CatalogueParameter): string {
  if (required) return "required";
  return fallback === null ? "optional" : `default ${fallback}`;
}

function presetsText(presets: Readonly<Record<string, Preset>>): string {
  const rows = Object.entries(presets).map(([name, preset]) => [name, presetStandsFor(preset), preset.note] as const);
  const [first, second] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(([name, spec, note]) => `    ${name.padEnd(first ?? 0)}  ${spec.padEnd(second ?? 0)}  ${note}`)
    .join("\n");
}

/** The schedule of a preset, with TOKENS or SIZE in place of its input. */
export function presetStandsFor({ input, spec }: Preset): string {
  return spec(input.toUpperCase());
}
