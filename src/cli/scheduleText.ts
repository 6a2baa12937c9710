import { ProbeError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import {
  catalogue,
  formatSigmas,
  type Ports,
  PRESETS,
  parseSchedule,
  type ShapedSchedule,
  type TextForm,
} from "../schedule/index.ts";
import { listText, presetsText } from "../schedule/text/list.ts";
import { textPlot } from "../schedule/text/plot.ts";

/** A schedule as it was typed, with the numbers that would be sent. */
export interface Sampled {
  /** As typed. */
  readonly spec: string;
  readonly schedule: ShapedSchedule;
  readonly sigmas: readonly number[];
}

/**
 * Reads the typed schedules and samples each.
 *
 * @param steps undefined: each schedule must fix its own
 */
export function sampled(specs: readonly string[], steps: number | undefined, ports: Ports): Sampled[] {
  if (specs.length === 0)
    throw new ProbeError("input", "No schedule is named; write one like shift:7, or --list to see all.");
  return specs.map((spec) => {
    const schedule = parseSchedule(spec, ports);
    const count = steps ?? schedule.fixedSteps;
    if (count === null) throw new ProbeError("input", `${spec} has any number of steps; add --steps N.`);
    return { spec, schedule, sigmas: schedule.sigmas(count) };
  });
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
    throw new ProbeError("input", `${samples.length} schedules are named, and ComfyUI's form holds one; name one.`);
  return formatSigmas(first.sigmas, "comfyui");
}

/** Six significant digits, for reading; json and csv have them all. */
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

function forPeople(samples: readonly Sampled[], columns: number): string {
  const plot = textPlot(
    samples.map(({ spec, sigmas }) => ({ label: spec, sigmas })),
    columns,
  );
  const values = samples.map(({ schedule, sigmas }) => {
    const slopes = schedule.endSlopes;
    const ends = slopes === null ? "" : `, slope ${short(slopes.start)} first and ${short(slopes.terminal)} last`;
    const title = `${schedule.spec}: ${sigmas.length} sigmas${ends}`;
    return [title, ...wrapped(sigmas.map(short), columns)].join("\n");
  });
  return [plot, ...values].join("\n\n");
}

/**
 * The numbers in the asked form.
 *
 * @param format undefined: a picture and short numbers on a terminal, else json
 * @param columns the terminal's width, null where there is none
 */
export function printed(samples: readonly Sampled[], format: TextForm | undefined, columns: number | null): string {
  if (format === undefined && columns !== null) return forPeople(samples, columns);
  return { json, csv, comfyui }[format ?? "json"](samples);
}

/** The list of schedules, all or those named (with or without parameters). */
export function listed(specs: readonly string[], format: TextForm | undefined): string {
  const all = catalogue();
  const names = specs.map((spec) => spec.split(/[:+]/)[0] ?? spec);
  for (const name of names)
    if (!all.some((entry) => entry.name === name))
      throw new ProbeError(
        "input",
        `There is no schedule ${name}${didYouMean(
          name,
          all.map((entry) => entry.name),
        )}; --list alone shows all.`,
      );
  const entries = names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
  if (format === "json") return JSON.stringify(entries, null, 2);
  if (format !== undefined) throw new ProbeError("input", `The list has no ${format} form; take json, or none.`);
  const presets = entries.some(({ name }) => name === "preset") ? `\n\n${presetsText(PRESETS)}` : "";
  return `${listText(entries)}${presets}`;
}
