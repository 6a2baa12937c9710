import { provenanceOf, type WeightsWord, weightsWord } from "../analysis/provenance.ts";
import { modelLabel } from "../experiment/modelLabel.ts";
import type { Provenance } from "../generated/l1probe/v1/probe.ts";
import type { SweepRecord } from "../record/record.ts";

/**
 * What ran, in one line below every figure: model and whether its weights are trained, random or bundled, dtype, solver
 * state, sampler, device, versions, date.
 */
export function caption(record: SweepRecord): string {
  return provenanceParts(record).join(" · ");
}

/** The caption's parts, the model first. */
export function provenanceParts(record: SweepRecord): string[] {
  const { manifest, cells } = record;
  const provenances = cells.flatMap((cell) => provenanceOf(record, cell) ?? []);
  const over = (values: readonly (string | undefined)[]) =>
    [...new Set(values.filter((value) => value !== undefined && value !== ""))].join(" / ");
  const models = over(weightsGroups(provenances));
  return [
    models === "" ? "unknown model" : models,
    over(provenances.map(({ model }) => model?.transformerDtype)),
    `solver state ${over(cells.map(({ cell }) => cell.solver_state))}`,
    over(cells.map(({ cell }) => cell.sampler)),
    over(provenances.map(({ device }) => device?.name)),
    ...["torch", "diffusers"].map((name) => named(name, over(provenances.map(({ versions }) => versions[name])))),
    named("l1probe", over([manifest.client.l1probe, ...provenances.map(({ versions }) => versions.l1probe)])),
    startOf(manifest.created),
  ].filter((part) => part !== "");
}

/** `a, b (random weights)`: the models of each kind of weights. */
function weightsGroups(provenances: readonly Provenance[]): string[] {
  const groups = new Map<WeightsWord, Set<string>>();
  for (const { model } of provenances) {
    const word = weightsWord(model?.weights);
    groups.set(word, (groups.get(word) ?? new Set()).add(modelLabel(model)));
  }
  return [...groups].map(([word, ids]) => `${[...ids].join(", ")} (${ids.size > 1 ? "all " : ""}${word} weights)`);
}

function named(name: string, version: string): string {
  return version === "" ? "" : `${name} ${version}`;
}

/** An ISO 8601 time in UTC, to the minute; any other text is returned unchanged. */
function startOf(created: string): string {
  const [, date, minute] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*Z$/.exec(created) ?? [];
  return date === undefined ? created : `${date} ${minute} UTC`;
}
