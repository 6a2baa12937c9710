import { join } from "node:path";
import { ProbeError } from "../errors.ts";
import type { Step } from "../generated/l1probe/v1/probe.ts";
import { parseEntry } from "./entry.ts";
import { JOURNAL } from "./files.ts";
import { eachLine } from "./lines.ts";

/**
 * Reads the steps of one cell as the server streamed them, with their sums by latent frame, which a record leaves out.
 *
 * @param cellId as in the manifest
 * @returns the evaluations of the attempt that the record holds, in order
 * @throws ProbeError kind input where the cell has not finished there
 */
export async function readSteps(directory: string, cellId: string): Promise<Step[]> {
  const file = join(directory, JOURNAL);
  const mark = `"cell":${JSON.stringify(cellId)}`;
  let steps: Step[] = [];
  let finished = false;
  await eachLine(file, (line, _before, whole) => {
    if (!whole || !line.includes(mark)) return true;
    const entry = parseEntry(line.toString("utf8"));
    if (entry.cellId !== cellId) return true;
    if (entry.event === "step") steps.push(entry.body);
    else if (entry.event === "finished") finished = true;
    else steps = [];
    // Later attempts change nothing.
    return !finished;
  });
  if (!finished) throw new ProbeError("input", `Cell ${cellId} has not finished in ${file}; name one that has.`);
  return steps;
}
