import type { FamilyText } from "./grammar/family.ts";
import { FAMILIES } from "./registry.ts";

/** One parameter, as the list shows it. */
export interface CatalogueParameter {
  readonly name: string;
  readonly doc: string;
  /** An interval, or the words that are allowed. */
  readonly allowed: string;
  readonly required: boolean;
  /** What is taken where nothing is written, or null. */
  readonly fallback: string | null;
}

/** One name of the schedules' grammar. */
export interface CatalogueEntry extends FamilyText {
  readonly parameters: readonly CatalogueParameter[];
  /** How many schedules stand behind it, each after a `+`. */
  readonly operands: number;
}

/** Every schedule that has a name: what `l1probe schedule --list` and docs/schedules.md show. */
export function catalogue(): CatalogueEntry[] {
  return FAMILIES.map(({ name, summary, formula, slopes, source, example, operands, parameters }) => ({
    name,
    summary,
    formula,
    slopes,
    source,
    example,
    operands,
    parameters: Object.entries(parameters).map(([key, { doc, allowed, fallback, write }]) => ({
      name: key,
      doc,
      allowed,
      required: fallback === undefined,
      fallback: fallback === undefined ? null : write(fallback),
    })),
  }));
}
