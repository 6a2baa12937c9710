import type { Expansion } from "../experiment/expand.ts";
import { say, write } from "./output.ts";
import { progressLine } from "./progressLine.ts";

/** How a dry run prints. */
export const DRY_RUN_FORMATS = ["text", "json"] as const;

export interface DryRun {
  readonly server?: readonly string[] | undefined;
  readonly model?: string | undefined;
  readonly concurrency?: number | undefined;
  readonly format?: (typeof DRY_RUN_FORMATS)[number] | undefined;
  readonly quiet: boolean;
}

/** Prints what a sweep would do and what that would take; runs nothing. */
export async function dryRun(typed: DryRun, expansion: Expansion, directory: string): Promise<void> {
  const { server: servers = [], model, concurrency, format = "text", quiet } = typed;
  const { forecast } = await import("../sweep/forecast.ts");
  for (const sentence of expansion.notes) say(`note: ${sentence}`);
  const line = progressLine(process.stderr, quiet);
  const { status } = line;
  const told = await forecast({ expansion, directory, servers, model, concurrency, status }).finally(line.end);
  if (format === "json") {
    const { dryRunJson } = await import("./dryRunJson.ts");
    await write([`${dryRunJson(expansion, directory, told)}\n`]);
    return;
  }
  const { dryRunText } = await import("./dryRunText.ts");
  await write(dryRunText(expansion, directory, told));
}
