import { z } from "zod";

const SCALE = "a number of at least 1; 1 means no true CFG";
const scale = z.number({ error: SCALE }).min(1, { error: SCALE });
const PART = "a number from 0 to 1";
const part = z.number({ error: PART }).min(0, { error: PART }).max(1, { error: PART });
const EXPERTS = ["transformer", "transformer_2"] as const;

const FORMS =
  "a number of at least 1 (1 means no true CFG), a list of one such number per step, {scale: 6, from: 0.9, to: 0.4} for " +
  "the steps whose sigma lies between the two, {scale: 6, start: 0, stop: 0.5} for a part of the steps, or " +
  "{transformer: 4, transformer_2: 3} for a model with two experts";

/** The scale of true CFG, as an experiment writes it. */
export const trueCfgScale = z.union(
  [
    scale,
    z.array(scale).min(1).describe("One scale per step."),
    z
      .strictObject({ scale, from: part, to: part })
      .refine(({ from, to }) => from >= to, { error: "a window whose from is not below its to, as sigma falls" })
      .describe("True CFG in the steps whose sigma lies between from and to, both included; 1 in the others."),
    z
      .strictObject({ scale, start: part, stop: part })
      .refine(({ start, stop }) => start < stop, { error: "a window whose start is below its stop" })
      .describe(
        "True CFG from step int(start · N) up to, without it, step int(stop · N), as diffusers' guiders count.",
      ),
    z
      .strictObject({ transformer: scale, transformer_2: scale })
      .describe(
        "One scale per expert: of high noise, then of low noise (Wan2.2's guidance_scale and guidance_scale_2).",
      ),
  ],
  { error: FORMS },
);

/** A number, a list by step, a window, or a number per expert. */
export type TrueCfgScale = z.infer<typeof trueCfgScale>;

/** Scales by expert, by the names that the server's Describe gives them. */
type ByExpert = Readonly<Record<(typeof EXPERTS)[number], number>>;

/** A cell's scales without a window: one number, one per step, or one per expert. */
export type Scales = number | readonly number[] | ByExpert;

/** What decides a cell's scales. */
interface Guided {
  readonly true_cfg_scale: TrueCfgScale;
  readonly sigmas: readonly number[];
}

function byStep({ true_cfg_scale: written, sigmas }: Guided): number | readonly number[] | ByExpert {
  if (typeof written === "number" || Array.isArray(written)) return written;
  if ("from" in written) {
    const [from, to] = [Math.fround(written.from), Math.fround(written.to)];
    return sigmas.map((sigma) => (to <= Math.fround(sigma) && Math.fround(sigma) <= from ? written.scale : 1));
  }
  if ("start" in written) {
    const [first, end] = [written.start, written.stop].map((part) => Math.trunc(part * sigmas.length)) as [
      number,
      number,
    ];
    return sigmas.map((_, step) => (first <= step && step < end ? written.scale : 1));
  }
  return { transformer: written.transformer, transformer_2: written.transformer_2 };
}

const listed = (scales: Exclude<Scales, number>): readonly number[] =>
  "transformer" in scales ? EXPERTS.map((expert) => scales[expert]) : scales;

/** The scales that a cell runs with. Equal ones are one number, so that all spellings of a generation are one cell. */
export function scalesOf(cell: Guided): Scales {
  const scales = byStep(cell);
  if (typeof scales === "number") return scales;
  const [first = 1, ...others] = listed(scales);
  return others.every((other) => other === first) ? first : scales;
}

/** The names of the experts, if a cell's scales differ by expert; otherwise none. */
export function expertsOf(scales: Scales): readonly string[] {
  return typeof scales === "object" && "transformer" in scales ? EXPERTS : [];
}

/** The scales of a cell, or of its first step if they differ by step. */
function atStart(scales: Scales): readonly number[] {
  if (typeof scales === "number") return [scales];
  return "transformer" in scales ? listed(scales) : scales.slice(0, 1);
}

/** Whether any step of a cell has true CFG. */
export function usesTrueCfg(cell: Guided): boolean {
  const scales = scalesOf(cell);
  return (typeof scales === "number" ? [scales] : listed(scales)).some((one) => one > 1);
}

/**
 * Forwards per evaluation of each step: two with true CFG, otherwise one. Which expert runs a step is the model's choice, so
 * each step has two if one expert has true CFG.
 *
 * @param skips whether a step with scale 1 leaves out its unconditional forward, as GuidanceByStep says
 */
export function forwardsByStep(cell: Guided, skips: boolean): number[] {
  const scales = scalesOf(cell);
  const list = skips && typeof scales === "object" && !("transformer" in scales) ? scales : null;
  const always = usesTrueCfg(cell);
  return cell.sigmas.map((_, step) => ((list === null ? always : (list[step] ?? 1) > 1) ? 2 : 1));
}

/** The wire's fields, of which exactly one is set. */
export interface WireScales {
  readonly trueCfgScale: number | undefined;
  readonly trueCfgScales: number[];
  readonly expertTrueCfgScales: number[];
}

/** A cell's scales as they are sent. */
export function wireScales(scales: Scales): WireScales {
  return {
    trueCfgScale: typeof scales === "number" ? scales : undefined,
    trueCfgScales: typeof scales === "object" && !("transformer" in scales) ? [...scales] : [],
    expertTrueCfgScales: typeof scales === "object" && "transformer" in scales ? [...listed(scales)] : [],
  };
}

/** What a first evaluation depends on of the scales, by the contract's rule (message Cell). */
export function firstStepScales(cell: Guided): WireScales {
  const scales = scalesOf(cell);
  const reduced = atStart(scales).map((one) => (one > 1 ? 2 : 1));
  const [first = 1, ...others] = reduced;
  if (others.some((other) => other !== first)) {
    return { trueCfgScale: undefined, trueCfgScales: [], expertTrueCfgScales: reduced };
  }
  const beginsLater = first === 1 && usesTrueCfg(cell);
  return { trueCfgScale: beginsLater ? undefined : first, trueCfgScales: [], expertTrueCfgScales: [] };
}

/** Equal neighbours as `6×10`, since lists have as many values as steps. */
function runs(list: readonly number[]): string {
  const found: { value: number; count: number }[] = [];
  for (const value of list) {
    const last = found.at(-1);
    if (last?.value === value) last.count += 1;
    else found.push({ value, count: 1 });
  }
  return found.map(({ value, count }) => (count === 1 ? `${value}` : `${value}×${count}`)).join(" ");
}

/** A scale for a label: `6`, `6×10 1×20`, `6 at σ .9 to .4`, `6 at 0 to .5 of steps`, `4 then 3 by expert`. */
export function scaleText(written: TrueCfgScale): string {
  if (typeof written === "number") return String(written);
  if (Array.isArray(written)) return runs(written);
  if ("from" in written) return `${written.scale} at sigma ${written.from}…${written.to}`;
  if ("start" in written) return `${written.scale} at ${written.start}…${written.stop} of steps`;
  return `transformer ${written.transformer} transformer_2 ${written.transformer_2}`;
}
