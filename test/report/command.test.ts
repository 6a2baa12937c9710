import { join } from "node:path";
import { afterEach, beforeEach, expect, type MockInstance, test, vi } from "vitest";
import { drawReport } from "../../src/cli/report.ts";
import { table } from "../../src/cli/table.ts";
import { syntheticRecord, withCell } from "../analysis/synthetic.ts";
import { inDirectory } from "./directory.ts";

let printed: MockInstance<typeof process.stdout.write>;

beforeEach(() => {
  printed = vi.spyOn(process.stdout, "write").mockReturnValue(true);
});
afterEach(() => vi.restoreAllMocks());

const lines = () =>
  printed.mock.calls
    .map(([chunk]) => String(chunk))
    .join("")
    .split("\n");

test("report prints the paths of its four files, and nothing else", async () => {
  await inDirectory(syntheticRecord(), async (directory) => {
    await drawReport(directory, false);
    expect(lines()).toEqual(
      ["report.html", "figure.svg", "figure.png", "frames.svg"].map((name) => join(directory, name)).concat(""),
    );
  });
});

test("table prints the mean absolute values of the named cell", async () => {
  await inDirectory(withCell(syntheticRecord(), 0, { started: null }), async (dir) => {
    await table.handler({ dir, cell: "cell0002", _: [], $0: "l1probe" });
    expect(lines().filter((line) => line !== "")).toHaveLength(3 + 20);
    await expect(table.handler({ dir, cell: "cell0000", _: [], $0: "l1probe" })).rejects.toMatchObject({
      kind: "input",
    });
  });
});
