import { cellLabel } from "../experiment/axes.ts";
import { cost } from "../experiment/cost.ts";
import type { Expansion } from "../experiment/expand.ts";

const LISTED = 40;

/** What a sweep would do, as lines. */
export function* dryRun({ name, profile, cells, axes }: Expansion, directory: string): Generator<string> {
  const { cells: count, steps, evaluations } = cost(cells);
  const laid = profile === null ? "" : ` with profile ${profile}`;
  yield `${name}${laid}: ${count} cells, ${steps} steps, ${evaluations} model evaluations, into ${directory}\n`;
  for (const cell of cells.slice(0, LISTED)) yield `  ${cellLabel(cell, axes)}\n`;
  if (count > LISTED) yield `  and ${count - LISTED} more\n`;
}
