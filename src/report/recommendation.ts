import { join } from "node:path";
import { LEVEL } from "../analysis/knockOut.ts";
import type { LevelCheck, Recommendation } from "../analysis/recommendation.ts";
import type { Pair } from "../experiment/pairs.ts";
import { caption } from "../figure/caption.ts";
import { schedulesFoundFigure } from "../figure/schedules.ts";
import { packageVersion } from "../package.ts";
import { writeWhole } from "../record/files.ts";
import { type Answer, type AnswerTable, writeAnswer } from "./answerPage.ts";

/** What was asked for, beside what was found. */
export interface Asked {
  readonly name: string;
  /** The experiment's file as typed, and its profile, so that `verify` can take its other pairs. */
  readonly experiment: string;
  readonly profile: string | null;
  /** Values set over the experiment, as typed. */
  readonly set: readonly string[];
  readonly pairs: readonly Pair[];
  readonly sampler: string;
  readonly setting: string;
  readonly base: string;
  readonly windows: readonly [steps: number, windows: number];
  readonly command: string;
}

/** Named schedules that the figure shows beside the found one. */
const RIVALS = ["linear", "shift:3", "shift:5", "shift:7", "linear-quadratic:threshold=.1"];

const short = (value: number): string => String(Number(value.toPrecision(3)));

/** The share of a schedule's steps that begin above a sigma. */
function above(sigmas: readonly number[], sigma: number): string {
  return `${sigmas.filter((one) => one > sigma).length} of ${sigmas.length}`;
}

function checkSentence({ steps, ratio }: LevelCheck): string {
  const found = `Measured again, the ${steps} steps differ by a factor of ${ratio.toFixed(2)} in what they leave in the final latents`;
  return ratio <= LEVEL
    ? `${found}: level, within ${LEVEL}.`
    : `${found}: more than ${LEVEL}, so the schedule is not level at ${steps} steps; more pairs or windows may help, and verify decides.`;
}

function verdictOf({ method, schedules, specs, measured, check }: Recommendation, asked: Asked): string[] {
  const shown = [...schedules.keys()];
  const n = shown.reduce((best, one) => (Math.abs(one - 10) < Math.abs(best - 10) ? one : best), shown[0] ?? 0);
  const sigmas = schedules.get(n) ?? [];
  const spec = specs.get(n);
  const most = measured?.changes.reduce((at, { value }, k, all) => (value > (all[at]?.value ?? 0) ? k : at), 0);
  return [
    spec === undefined
      ? `For ${asked.sampler} at ${asked.setting}, ${above(sigmas, 0.9)} steps begin above σ = .9 and ${above(sigmas, 0.5)} above .5.`
      : `For ${asked.sampler} at ${asked.setting}: ${[...specs].map(([steps, of]) => `${of} at ${steps}`).join(", ")} steps.`,
    ...(measured === null || most === undefined
      ? []
      : [
          `The final latents depend most on the steps between σ = ${short(measured.edges[most] ?? 0)} and ${short(measured.edges[most + 1] ?? 0)} (${asked.base}).`,
        ]),
    ...(check === null ? [] : [checkSentence(check)]),
    `${method === "linear-quadratic" ? "Nothing was measured" : `${asked.pairs.length} ${asked.pairs.length === 1 ? "pair was" : "pairs were"} measured`}; whether the schedule is better is for l1probe verify to say, on prompts and seeds that this measurement did not see.`,
  ];
}

function windowsTable({ measured }: Recommendation): AnswerTable[] {
  if (measured === null) return [];
  const { edges, changes, share, amplification } = measured;
  return [
    {
      title: "Windows",
      columns: ["from σ", "to σ", "F", "95 % interval", "amplification", "share of steps"],
      rows: changes.map(({ value, interval }, k) => [
        short(edges[k] ?? 0),
        short(edges[k + 1] ?? 0),
        short(value),
        interval === null ? "–" : `${short(interval[0])} … ${short(interval[1])}`,
        amplification === null ? "–" : short(amplification[k] ?? 0),
        `${(100 * ((share[k + 1]?.value ?? 0) - (share[k]?.value ?? 0))).toFixed(1)} %`,
      ]),
      note: "F: relative change of the final latents if the window is one step, as a geometric mean over pairs. Amplification: F over the window's own error, estimated from the base's sums.",
    },
  ];
}

function schedulesTable({ schedules, specs }: Recommendation): AnswerTable {
  return {
    title: "Schedules",
    columns: ["N", "sigmas"],
    rows: [...schedules].map(([steps, sigmas]) => [
      String(steps),
      specs.get(steps) ?? sigmas.map((sigma) => sigma.toFixed(4)).join(" "),
    ]),
  };
}

/** `recommendation.json`: what `knock-out:` and `verify` read. */
function fileOf(found: Recommendation, asked: Asked): Record<string, unknown> {
  const { method, schedules, specs, curve, measured, check, cost, record } = found;
  return {
    l1probe: packageVersion(),
    created: new Date().toISOString(),
    method,
    sampler: asked.sampler,
    setting: asked.setting,
    experiment: { file: asked.experiment, profile: asked.profile, set: asked.set },
    model: record?.manifest.provenance?.model?.id ?? null,
    family: record?.manifest.provenance?.model?.family ?? null,
    pairs: asked.pairs.map(({ prompt, seed }) => ({ prompt, seed })),
    ...(curve === null ? {} : { curve }),
    schedules: Object.fromEntries(schedules),
    specs: Object.fromEntries(specs),
    measured: measured && { base: asked.base, windows: asked.windows, ...measured },
    check,
    cost,
    command: asked.command,
  };
}

export function recommendationAnswer(found: Recommendation, asked: Asked): Answer {
  const steps = Math.max(...[...found.schedules.keys()].filter((n) => n <= 12), Math.min(...found.schedules.keys()));
  const { cells, steps: ran, forwards } = found.cost;
  const title = `${asked.name}: a schedule for ${asked.sampler} by ${found.method}`;
  const source = found.record === null ? `no model ran · l1probe ${packageVersion()}` : caption(found.record);
  return {
    title,
    verdict: verdictOf(found, asked),
    figure: schedulesFoundFigure(title, found.schedules.get(steps) ?? [], RIVALS, found.measured, source),
    tables: [...windowsTable(found), schedulesTable(found)],
    method: [
      `${cells} runs of ${ran} steps in all, ${forwards} forwards. Pairs: ${asked.pairs.map(({ prompt, seed }) => `“${prompt}” with seed ${seed}`).join("; ")}.`,
      ...(found.measured === null
        ? []
        : [
            `The base is ${asked.base} at ${asked.windows[0]} steps, cut into ${asked.windows[1]} windows. The density of steps is F^${short(found.measured.exponent)}, with 1/(order + 1) as the exponent; one measurement serves every N.`,
          ]),
    ],
    command: asked.command,
    data: fileOf(found, asked),
  };
}

/** What ComfyUI's SIGMAS nodes read: N + 1 plain decimals with the final 0. */
function comfyui(sigmas: readonly number[]): string {
  return `${[...sigmas, 0].map((sigma) => sigma.toFixed(9).replace(/\.?0+$/, "")).join(", ")}\n`;
}

/**
 * Writes recommendation.json, its page and figure, and schedules/N.json and schedules/N.txt (ComfyUI) into a folder.
 *
 * @returns the paths
 */
export async function writeRecommendation(directory: string, found: Recommendation, answer: Answer): Promise<string[]> {
  const files = await writeAnswer(directory, "recommendation", answer);
  for (const [steps, sigmas] of found.schedules) {
    const path = join(directory, "schedules", `${steps}`);
    await writeWhole(`${path}.json`, `${JSON.stringify(sigmas)}\n`);
    await writeWhole(`${path}.txt`, comfyui(sigmas));
  }
  return [...files, join(directory, "schedules")];
}
