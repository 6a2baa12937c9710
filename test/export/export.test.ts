import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import { columns, eachRow, rows } from "../../src/analysis/row.ts";
import { parquet } from "../../src/export/parquet.ts";
import { csv, jsonl, perCell } from "../../src/export/text.ts";
import { Evaluations } from "../../src/record/evaluations.ts";
import { CellsOf } from "../../src/record/read.ts";
import type { SweepRecord } from "../../src/record/record.ts";
import { manifestOf, run } from "../record/sample.ts";

const manifest = manifestOf([1, 0]);
const evaluations = new Evaluations();
const record = (values: readonly number[]): SweepRecord => {
  const known = new CellsOf(manifest, "journal");
  for (const [index, cell] of manifest.cells.entries()) {
    const entries = run(cell, `r${index}`, { end: "finished", value: values[index] ?? 1 });
    for (const [line, entry] of entries.entries()) {
      known.take(entry.event === "step" ? { ...entry, body: evaluations.add(entry.body) } : entry, line + 1);
    }
  }
  return { manifest, cells: known.cells, warnings: [] };
};
const both = record([1, 2]);
const table = rows(both);

/** Reads RFC 4180, written for this test. */
function readCsv(text: string): string[][] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "",
      ),
    );
}

const promised = [
  [
    "cell_id",
    "step",
    "steps",
    "timestep",
    "sigma",
    "sigma_next",
    "latent_in_abs_mean",
    "cond_abs_mean",
    "cfg_abs_mean",
  ],
  [
    "latent_out_abs_mean",
    "latent_rel_l1",
    "cond_rel_l1",
    "cfg_rel_l1",
    "schedule",
    "shift",
    "frames",
    "height",
    "width",
  ],
  ["seed", "prompt", "guidance_scale", "true_cfg_scale", "sampler"],
].flat();

test("CSV has the promised columns and one row per cell and step, in the manifest's order", () => {
  const [header = [], ...body] = readCsv([...csv(eachRow(both))].join(""));
  expect(header).toEqual([...columns]);
  expect(header).toEqual(expect.arrayContaining(promised));
  const at = (name: string) => body.map((row) => row[header.indexOf(name)]);
  expect(at("seed")).toEqual(["1", "1", "0", "0"]);
  expect(at("step")).toEqual(["0", "1", "0", "1"]);
  expect(at("prompt")[0]).toBe('a red, round "circle"');
  expect(at("negative_prompt")[0]).toBe("");
  expect(at("cond_rel_l1")).toEqual(["", "0.25", "", "0.5"]);
  expect(at("timestep").map(Number)).toEqual(table.map((row) => row.timestep));
});

test("JSONL reads back, with non-finite numbers as strings", () => {
  const text = [...jsonl(eachRow(record([Number.NaN, 2])))].join("");
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toHaveLength(4);
  expect(Object.keys(lines[0])).toEqual([...columns]);
  expect(lines[1].cond_rel_l1).toBe("NaN");
  expect(lines[3].cond_rel_l1).toBe(0.5);
  expect(lines[0].cond_rel_l1).toBeNull();
});

test("Parquet reads back value by value", async () => {
  const bytes = parquet(eachRow(both));
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const read = await parquetReadObjects({ file });
  const plain = read.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, typeof value === "bigint" ? Number(value) : value]),
    ),
  );
  expect(plain).toEqual(table.map((row) => ({ ...row })));
});

test("Parquet's column types are the same whatever the values, so that sweeps can be joined", () => {
  const types = (bytes: Uint8Array) =>
    parquetMetadata(bytes.buffer as ArrayBuffer).schema.map(({ name, type, converted_type }) => [
      name,
      type,
      converted_type,
    ]);
  expect(types(parquet([]))).toEqual(types(parquet(eachRow(both))));
  const named = new Map(types(parquet(eachRow(both))).map(([name, type]) => [name, type]));
  expect(named.get("negative_prompt")).toBe("BYTE_ARRAY");
  expect(named.get("shift")).toBe("DOUBLE");
  expect(named.get("seed")).toBe("INT64");
  expect(named.get("step")).toBe("INT32");
});

test.each(["csv-per-cell", "trackio"] as const)(
  "%s has a file per finished cell, with the rows of the export",
  (format) => {
    const files = perCell(both, format);
    expect(files.map(({ file }) => file)).toEqual(manifest.cells.map(({ cellId }) => `${cellId}.csv`));
    for (const [i, { text, rows: count }] of files.entries()) {
      const [names = [], ...lines] = readCsv([...text].join(""));
      const own = table.filter(({ cell_id }) => cell_id === manifest.cells[i]?.cellId);
      expect([lines.length, count]).toEqual([own.length, own.length]);
      expect(names).toContain("step");
      for (const [place, name] of names.entries()) {
        const values = own.map((row) => row[name as keyof typeof row]);
        expect(lines.map((line) => line[place])).toEqual(values.map((value) => String(value ?? "")));
        // Every column of a tracker is a metric.
        if (format === "trackio") expect(values.some((value) => typeof value === "string")).toBe(false);
      }
      expect(names.length).toBe(format === "trackio" ? names.length : columns.length);
    }
  },
);
