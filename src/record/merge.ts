import { AXES, type Axis, axes, type Cell } from "../experiment/cell.ts";
import { modelIdentity, sameId } from "../experiment/identity.ts";
import type { Provenance } from "../generated/l1probe/v1/probe.ts";
import type { Manifest } from "./manifest.ts";
import type { CellRecord, SweepRecord } from "./record.ts";

/** A record with the folder that it was read from. */
export interface ReadRecord {
  readonly directory: string;
  readonly record: SweepRecord;
}

/** Several records as one. */
export interface MergedRecord {
  readonly record: SweepRecord;
  /** The folder of each cell's journal and artifacts. */
  directoryOf(cellId: string): string;
}

function identityOf({ model }: Provenance): string {
  return JSON.stringify(model === undefined ? null : modelIdentity(model));
}

/**
 * The name that the cells of each record without a named model get: none if all records ran one model, otherwise the
 * model's own, with the record's folder where two models have one name.
 */
function modelNames(records: readonly ReadRecord[]): (string | null)[] {
  const unnamed = records.map(({ record: { manifest } }) => manifest.cells.some(({ cell }) => cell.model === null));
  const identities = records.map(({ record }) => identityOf(record.manifest.provenance));
  const one = unnamed.every(Boolean) && new Set(identities).size === 1;
  return records.map(({ directory, record: { manifest } }, i) => {
    if (one || unnamed[i] === false) return null;
    const name = manifest.provenance.model?.id ?? "unknown";
    const twin = records.some(
      ({ record: other }, k) => other.manifest.provenance.model?.id === name && identities[k] !== identities[i],
    );
    return twin ? `${name} (${directory})` : name;
  });
}

function joined(texts: readonly string[], between: string): string {
  return [...new Set(texts)].join(between);
}

/** The axes that differ between the cells of all records, those that an experiment names first. */
function mergedAxes(records: readonly ReadRecord[], cells: readonly Cell[]): string[] {
  const named = records.flatMap(({ record }) => record.manifest.axes as readonly Axis[]);
  return axes(cells, [...new Set([...named, ...AXES])]);
}

/**
 * Records as one, whose cells can be drawn together: equal cells once, as the first record has them, and axes that differ
 * between records named as those within one.
 *
 * @param records at least one
 */
export function mergeRecords(records: readonly ReadRecord[]): MergedRecord {
  const names = modelNames(records);
  const homes = new Map<string, string>();
  const cells: CellRecord[] = [];
  for (const [i, { directory, record }] of records.entries()) {
    for (const one of record.cells) {
      const at = cells.findIndex((known) => sameId(known.cellId, one.cellId));
      const known = cells[at];
      if (known !== undefined && (known.status === "finished" || one.status !== "finished")) continue;
      const cell = one.cell.model === null ? { ...one.cell, model: names[i] ?? null } : one.cell;
      if (known === undefined) cells.push({ ...one, cell });
      else cells[at] = { ...one, cell };
      homes.set(one.cellId, directory);
    }
  }
  const manifests = records.map(({ record }) => record.manifest);
  const [first] = manifests;
  if (first === undefined) throw new Error("no record to merge");
  const models = manifests.flatMap(({ provenance, models }, i) => {
    const name = names[i] ?? null;
    return [...Object.entries(models), ...(name === null ? [] : [[name, provenance] as const])];
  });
  const { former: _former, extended: _extended, repeats: _repeats, ...rest } = first;
  const manifest: Manifest = {
    ...rest,
    name: joined(
      manifests.map(({ name }) => name),
      " + ",
    ),
    experiment: {
      text: manifests.map(({ experiment }, i) => `# ${records[i]?.directory}\n${experiment.text}`).join("\n"),
      file: joined(
        manifests.map(({ experiment }) => experiment.file),
        ", ",
      ),
      profile: null,
    },
    axes: mergedAxes(
      records,
      cells.map(({ cell }) => cell),
    ),
    cells: cells.map(({ cellId, cell }) => ({ cellId, cell })),
    models: Object.fromEntries(models),
    command: manifests.map(({ command }) => command).join("\n"),
  };
  return {
    record: { manifest, cells, warnings: records.flatMap(({ record }) => record.warnings) },
    directoryOf: (cellId) => homes.get(cellId) ?? records[0]?.directory ?? "",
  };
}
