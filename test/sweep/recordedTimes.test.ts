import fc from "fast-check";
import { expect, test } from "vitest";
import { estimate, measurements } from "../../src/experiment/estimate.ts";
import { Finished, Started, Step } from "../../src/generated/l1probe/v1/probe.ts";
import type { Entry } from "../../src/record/journal.ts";
import type { IdentifiedCell } from "../../src/record/record.ts";
import { recordedTimes } from "../../src/sweep/recordedTimes.ts";
import { manifestOf } from "../record/sample.ts";

const EPOCH = Date.parse("2026-01-02T03:04:06.000Z");

/** A manifest whose cells have the given numbers of steps and frames. */
function manifestWith(shapes: readonly { steps: number; frames: number }[]) {
  const manifest = manifestOf(shapes.map((_, seed) => seed));
  const cells = manifest.cells.map(({ cellId, cell }, i) => {
    const { steps = cell.steps, ...shape } = shapes[i] ?? {};
    const sigmas = Array.from({ length: steps }, (_, step) => 1 - step / steps);
    return { cellId, cell: { ...cell, ...shape, steps, sigmas } };
  });
  return { ...manifest, cells };
}

/**
 * The journal of a server that runs `concurrency` cells in rounds: each round steps every open cell, and takes as long as all of
 * them together need.
 *
 * @param cost milliseconds of a round by the cells that are open
 * @returns the lines, and the seconds in which any cell ran
 */
function journal(
  cells: readonly IdentifiedCell[],
  concurrency: number,
  cost: (open: readonly IdentifiedCell[]) => number,
) {
  const entries: Entry[] = [];
  let now = 0;
  const waiting = cells.values();
  let open: { identified: IdentifiedCell; step: number }[] = [];
  for (;;) {
    while (open.length < concurrency) {
      const { value } = waiting.next();
      if (value === undefined) break;
      open.push({ identified: value, step: 0 });
      const { cellId, cell } = value;
      const body = Started.fromPartial({ runId: cellId, cellId, latentShape: [1, 16, cell.frames, 8, 8] });
      entries.push({ ...head(value, now), event: "started", body });
    }
    if (open.length === 0) return { entries, seconds: now / 1000 };
    const round = cost(open.map(({ identified }) => identified));
    now += round;
    for (const one of open) {
      const body = Step.fromPartial({ step: one.step, seconds: round / 1000, batchSize: open.length });
      entries.push({ ...head(one.identified, now), event: "step", body });
      one.step += 1;
      if (one.step === one.identified.cell.steps)
        entries.push({ ...head(one.identified, now), event: "finished", body: Finished.fromPartial({}) });
    }
    open = open.filter(({ identified, step }) => step < identified.cell.steps);
  }
}

const head = ({ cellId }: IdentifiedCell, now: number) => ({
  time: new Date(EPOCH + now).toISOString(),
  cellId,
  runId: cellId,
});

const workOf = (cells: readonly IdentifiedCell[]) =>
  cells.map(({ cell }) => ({ shape: cell, evaluations: cell.steps }));

test("a record's times sum to the sweep's time at any concurrency", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ steps: fc.integer({ min: 1, max: 9 }), frames: fc.constant(9) }), {
        minLength: 1,
        maxLength: 9,
      }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 0, max: 50 }),
      (shapes, concurrency, launch, row) => {
        const manifest = manifestWith(shapes);
        const { entries, seconds } = journal(manifest.cells, concurrency, (open) => launch + row * open.length);
        const measured = recordedTimes(manifest.cells, entries);
        expect(measured).toMatchObject([{ batchSize: 1, forwards: shapes.reduce((sum, { steps }) => sum + steps, 0) }]);
        expect(estimate(workOf(manifest.cells), measurements(measured, 1), 1)?.seconds).toBeCloseTo(seconds, 9);
      },
    ),
  );
});

test("shapes are timed separately, even if they ran at the same time", () => {
  const shape = fc.record({ steps: fc.integer({ min: 1, max: 9 }), frames: fc.constantFrom(5, 17, 33) });
  fc.assert(
    fc.property(
      fc.array(shape, { minLength: 1, maxLength: 9 }),
      fc.integer({ min: 1, max: 5 }),
      (shapes, concurrency) => {
        const manifest = manifestWith(shapes);
        // If arithmetic is the limit, a turn's time is proportional to the elements of its latents.
        const arithmetic = (open: readonly IdentifiedCell[]) =>
          open.reduce((sum, { cell }) => sum + 10 * cell.frames, 0);
        const { entries, seconds } = journal(manifest.cells, concurrency, arithmetic);
        const measured = recordedTimes(manifest.cells, entries);
        for (const one of measured) expect(one.seconds).toBeCloseTo(one.frames / 100, 9);
        expect(estimate(workOf(manifest.cells), measurements(measured, 1), 1)?.seconds).toBeCloseTo(seconds, 9);
      },
    ),
  );
});

test("interrupted cells count as concurrent, but not as work", () => {
  const manifest = manifestWith([
    { steps: 5, frames: 9 },
    { steps: 5, frames: 9 },
  ]);
  const { entries } = journal(manifest.cells, 2, () => 100);
  const [, lost] = manifest.cells;
  // The second cell lacks its last entry, as after a crash.
  const torn = entries.filter(({ cellId, event }) => cellId !== lost?.cellId || event !== "finished");
  expect(recordedTimes(manifest.cells, torn)).toMatchObject([{ forwards: 5, seconds: expect.closeTo(0.05, 9) }]);
});

test("true CFG is two forwards per step, and a record without a finished cell has no times", () => {
  const manifest = manifestWith([{ steps: 5, frames: 9 }]);
  const guided = {
    ...manifest,
    cells: manifest.cells.map(({ cellId, cell }) => ({ cellId, cell: { ...cell, true_cfg_scale: 3 } })),
  };
  const { entries } = journal(guided.cells, 1, () => 100);
  expect(recordedTimes(guided.cells, entries)).toMatchObject([{ forwards: 10, seconds: expect.closeTo(0.05, 9) }]);
  expect(recordedTimes(guided.cells, entries.slice(0, 3))).toEqual([]);
});
