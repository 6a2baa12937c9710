import { cutNotes, isCut, type PromptTokens } from "../experiment/fit.ts";
import { modelLabel, repeatText } from "../experiment/identity.ts";
import { Signal } from "../generated/l1probe/v1/probe.ts";
import { provenanceOf, type WeightsWord, weightsWord } from "../record/manifest.ts";
import type { CellRecord, SweepRecord } from "../record/record.ts";
import { startNote } from "../schedule/schedule.ts";
import { differenceOf } from "./curve.ts";
import { absMean, ratio, relL1 } from "./ratio.ts";
import { nonFinite } from "./row.ts";

/** Something to know before trusting a figure. */
export interface Warning {
  readonly kind:
    | "weights"
    | "record"
    | "cells"
    | "repeats"
    | "non_finite"
    | "solver_state"
    | "provenance"
    | "sigmas"
    | "tokens"
    | "batched";
  /** What it applies to: the whole figure, the curves, or the curves of the latent. */
  readonly about: "figure" | "curves" | "latent";
  /** A sentence. */
  readonly message: string;
  /** Ids of the cells concerned; empty if all are. */
  readonly cells: readonly string[];
}

/** All warnings of a record, the most serious first. */
export function warnings(record: SweepRecord): Warning[] {
  return [
    ...weightsWarnings(record),
    ...cellWarnings(record),
    ...repeatWarnings(record),
    ...nonFiniteWarnings(record),
    ...sigmaWarnings(record),
    ...startWarnings(record),
    ...tokenWarnings(record),
    ...solverStateWarnings(record),
    ...provenanceWarnings(record),
    ...batchedWarnings(record),
    ...record.warnings.map((message): Warning => ({ kind: "record", about: "figure", message, cells: [] })),
  ];
}

/** @param of ` of a, b`, or empty for a single model */
const weightsSentence: Partial<Record<WeightsWord, (of: string) => string>> = {
  random: (of) => `The weights${of} are random, never trained: these numbers say nothing about a trained model.`,
  bundled: (of) =>
    `The weights${of} are those of the small bundled model: shapes of curves carry over to large models, values do not.`,
  unknown: (of) => `The server did not say whether the weights${of} are trained.`,
};

function weightsWarnings(record: SweepRecord): Warning[] {
  const words = new Map<WeightsWord, { cells: string[]; models: Set<string> }>();
  for (const cell of record.cells) {
    const provenance = provenanceOf(record, cell);
    if (provenance === undefined) continue;
    const word = weightsWord(provenance.model?.weights);
    const group = words.get(word) ?? { cells: [], models: new Set() };
    group.cells.push(cell.cellId);
    group.models.add(modelLabel(provenance.model));
    words.set(word, group);
  }
  const several = new Set([...words.values()].flatMap(({ models }) => [...models])).size > 1;
  return [...words].flatMap(([word, { cells, models }]) => {
    const message = weightsSentence[word]?.(several ? ` of ${[...models].join(", ")}` : "");
    return message === undefined ? [] : [{ kind: "weights", about: "figure", message, cells: some(record, cells) }];
  });
}

function cellWarnings(record: SweepRecord): Warning[] {
  const missing = idsWhere(record, (cell) => cell.status === "missing");
  const failed = record.cells.filter((cell) => cell.status === "failed");
  const reasons = [...new Set(failed.map((cell) => cell.failed?.message ?? "no reason was recorded"))];
  return [
    ...sentenceAbout(missing, "figure", "cells", (n) => `${count(n, "cell")} not run yet: run the same sweep again.`),
    ...sentenceAbout(
      failed.map((cell) => cell.cellId),
      "figure",
      "cells",
      (n) => `${count(n, "cell")} failed (${reasons.slice(0, 3).join("; ")}${reasons.length > 3 ? "; …" : ""}).`,
    ),
  ];
}

/** Lets a reader find a merged cell under the name that the experiment gives it. */
function repeatWarnings({ manifest: { repeats = [] } }: SweepRecord): Warning[] {
  if (repeats.length === 0) return [];
  const cells = repeats.reduce((total, repeat) => total + repeat.cells, 0);
  const texts = repeats.map((repeat) => `${repeatText(repeat)}${repeat.cells > 1 ? ` (${repeat.cells} cells)` : ""}`);
  const repeat = cells === 1 ? "repeats another" : "repeat others";
  const message = `${count(cells, "cell")} of the experiment ${repeat} and ran once: ${texts.join("; ")}.`;
  return [{ kind: "repeats", about: "figure", message, cells: [] }];
}

function nonFiniteWarnings(record: SweepRecord): Warning[] {
  let elements = 0;
  const cells = idsWhere(record, (cell) => {
    const here = cell.steps.reduce((total, step) => total + nonFinite(step), 0);
    elements += here;
    return here > 0;
  });
  return sentenceAbout(
    cells,
    "curves",
    "non_finite",
    (n) =>
      `${count(n, "cell")} had ${elements} NaN or infinite elements: their curves have gaps where a sum is not finite.`,
  );
}

/** The server refuses to run other sigmas than those sent. This catches records that were altered or written otherwise. */
function sigmaWarnings(record: SweepRecord): Warning[] {
  const cells = idsWhere(record, ({ cell, started }) => {
    if (started === null) return false;
    const ran = [...new Set(started.sigmas)];
    return cell.sigmas.some((sigma, i) => sigma !== ran[i]);
  });
  return sentenceAbout(cells, "figure", "sigmas", (n) => `${count(n, "cell")} ran other sigmas than those sent.`);
}

function startWarnings(record: SweepRecord): Warning[] {
  const cells = idsWhere(record, ({ cell }) => cell.start === null && startNote(cell.sigmas) !== null);
  return sentenceAbout(
    cells,
    "figure",
    "sigmas",
    (n) =>
      `${count(n, "cell")} started below σ = 1: from pure noise, though the model was told the first sigma of the schedule.`,
  );
}

/** What each text encoder read of a cell's prompts, as its run began; empty from a server that does not say. */
export function promptTokensOf({ cell, started }: CellRecord): PromptTokens[] {
  const counts = started?.tokens ?? [];
  return [
    { prompt: cell.prompt, encoders: counts.filter(({ negative }) => !negative) },
    { prompt: cell.negative_prompt ?? "", encoders: counts.filter(({ negative }) => negative) },
  ].filter(({ encoders }) => encoders.length > 0);
}

function tokenWarnings(record: SweepRecord): Warning[] {
  const prompts = new Map<string, PromptTokens>();
  const cells = idsWhere(record, (cell) => {
    const cut = promptTokensOf(cell).filter(isCut);
    for (const one of cut) prompts.set(one.prompt, one);
    return cut.length > 0;
  });
  return cutNotes([...prompts.values()]).map((message) => ({
    kind: "tokens",
    about: "figure",
    message,
    cells: some(record, cells),
  }));
}

function solverStateWarnings(record: SweepRecord): Warning[] {
  let still = 0;
  let steps = 0;
  const cells = idsWhere(record, (cell) => {
    const dtype = provenanceOf(record, cell)?.model?.transformerDtype ?? "";
    const low = cell.cell.solver_state === "stock" && dtype.includes("16");
    const share = low ? roundingShare(cell) : null;
    still += share?.still ?? 0;
    steps += share?.steps ?? 0;
    return low;
  });
  return sentenceAbout(cells, "latent", "solver_state", (n) => {
    const found =
      steps === 0
        ? ""
        : ` In ${still} of ${steps} steps the latent moved less than half as far as Euler's rule predicts.`;
    return `${count(n, "cell")} ran with the solver's state in the transformer's 16-bit dtype (solver_state: stock), which loses small steps to rounding and changes timesteps.${found}`;
  });
}

function provenanceWarnings(record: SweepRecord): Warning[] {
  // Different models are the experiment's choice; only servers of one model should agree.
  const byModel = new Map<string | null, Set<string>>();
  for (const { cell, started } of record.cells) {
    if (started?.provenance === undefined) continue;
    const { model, device, versions } = started.provenance;
    const words = [model?.fingerprint, model?.transformerDtype, device?.name, versions.torch, versions.diffusers];
    byModel.set(cell.model, (byModel.get(cell.model) ?? new Set()).add(words.join(" · ")));
  }
  return [...byModel].flatMap(([model, servers]): Warning[] => {
    if (servers.size < 2) return [];
    const which = model === null ? "Cells" : `Cells of ${model}`;
    const message = `${which} ran on different servers (${[...servers].join(" | ")}): compare them with care.`;
    return [{ kind: "provenance", about: "figure", message, cells: [] }];
  });
}

function batchedWarnings(record: SweepRecord): Warning[] {
  // With batched CFG a cell has two samples itself; older records do not say how many.
  const cells = idsWhere(record, ({ steps, started }) => {
    const own = Math.max(1, started?.rows ?? 1);
    return steps.some(({ batchSize }) => batchSize > own);
  });
  return sentenceAbout(
    cells,
    "figure",
    "batched",
    (n) => `${count(n, "cell")} ran in batches with others: equal to running alone only up to the dtype's rounding.`,
  );
}

function idsWhere(record: SweepRecord, test: (cell: CellRecord) => boolean): string[] {
  return record.cells.filter(test).map((cell) => cell.cellId);
}

function sentenceAbout(
  cells: readonly string[],
  about: Warning["about"],
  kind: Warning["kind"],
  sentence: (n: number) => string,
): Warning[] {
  return cells.length === 0 ? [] : [{ kind, about, message: sentence(cells.length), cells }];
}

/** The cells concerned; empty if all are. */
function some(record: SweepRecord, cells: readonly string[]): readonly string[] {
  return cells.length === record.cells.length ? [] : cells;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** How many of a cell's steps were lost to rounding of the solver state. */
export interface RoundingShare {
  /** Steps that moved the latent less than half as far as Euler's rule predicts. */
  readonly still: number;
  readonly steps: number;
  /** still / steps. */
  readonly share: number;
}

/** A step counts as still below this share of Δσ·mean|cfg| / mean|latent_in|. */
const stillBelow = 0.5;

/**
 * Counts steps that should have moved the latent and did not. Euler moves it by Δσ·cfg, so its relative L1 is exactly
 * Δσ·mean|cfg| / mean|latent_in|. In a low-precision state most elements may round back to their old value.
 *
 * @returns null if no step can be judged: a sampler other than Euler, or no finite sums
 */
export function roundingShare(cell: CellRecord): RoundingShare | null {
  if (cell.cell.sampler !== "euler") return null;
  let still = 0;
  let steps = 0;
  for (const step of cell.steps) {
    const moved = relL1(step.pairs(differenceOf.latent));
    const prediction = absMean(step.sums(Signal.SIGNAL_CFG));
    const state = absMean(step.sums(Signal.SIGNAL_LATENT_IN));
    if (moved === null || prediction === null || state === null) continue;
    const predicted = ratio((step.sigma - step.sigmaNext) * prediction, state);
    if (predicted === null || !Number.isFinite(predicted) || !Number.isFinite(moved)) continue;
    steps += 1;
    if (moved < stillBelow * predicted) still += 1;
  }
  const share = ratio(still, steps);
  return share === null ? null : { still, steps, share };
}
