import type { CommandModule } from "yargs";
import type { ListedRecord } from "../record/list.ts";
import { say, write } from "./process.ts";
import { type TableColumn, type TableFormat, tabular, withFormat } from "./tabular.ts";
import { singleValue } from "./usage.ts";

interface Arguments {
  readonly dir: string;
  readonly format: TableFormat;
}

/** The models of a record: those that its cells name, or the one that its server ran. */
function models({ manifest: { cells, provenance } }: ListedRecord): string {
  const named = [...new Set(cells.flatMap(({ cell }) => (cell.model === null ? [] : [cell.model])))];
  const [first = provenance.model?.id ?? "", ...more] = named;
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}

/** Local time to the minute: `2026-01-02 03:04`. */
function minute(iso: string): string {
  const at = new Date(iso);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

function stateText({ state, failed }: ListedRecord): string {
  return state === "failed" || failed === 0 ? state : `${state}, ${failed} failed`;
}

const columns: readonly TableColumn<ListedRecord>[] = [
  { key: "directory", of: ({ directory }) => directory },
  { key: "name", of: ({ manifest }) => manifest.name },
  { key: "cells", of: ({ cells }) => cells, text: ({ cells, finished }) => `${finished}/${cells}` },
  { key: "model", of: models },
  { key: "created", of: ({ manifest }) => manifest.created, text: ({ manifest }) => minute(manifest.created) },
  { key: "state", of: ({ state }) => state, text: stateText },
];

/** Columns that text shows within another. */
const counts: readonly TableColumn<ListedRecord>[] = [
  { key: "finished", of: ({ finished }) => finished },
  { key: "failed", of: ({ failed }) => failed },
];

async function run({ dir, format }: Arguments): Promise<void> {
  const { listRecords } = await import("../record/list.ts");
  const records = await listRecords(dir, (sentence) => say(`warning: ${sentence}`));
  if (records.length === 0) say(`${dir} holds no sweep.`);
  const forPeople = format === "text" || format === "markdown";
  if (records.length > 0 || !forPeople)
    await write([tabular(forPeople ? columns : [...columns, ...counts], records, format)]);
}

/** `l1probe ls [DIR]`: the records of a folder. */
export const ls: CommandModule<object, Arguments> = {
  command: "ls [dir]",
  describe: "list sweeps: folder, name, finished cells, model, when, state",
  builder: (yargs) =>
    withFormat(
      yargs.positional("dir", {
        type: "string",
        default: "runs",
        describe: "a folder of sweeps, or a sweep's own",
      }),
    )
      .check(singleValue("format"))
      .example("$0 ls", "the sweeps in runs/, the latest first")
      .example("$0 ls ~/measured --format json", "for programs"),
  handler: run,
};
