import fc from "fast-check";
import { expect, test } from "vitest";
import { AXES, type Cell } from "../../src/experiment/cell.ts";
import { expand } from "../../src/experiment/expand.ts";

const base = { prompt: "a red circle", height: 64, width: 64, frames: 9, steps: 4, schedule: "linear" };
const { steps: _steps, schedule: _schedule, ...still } = base;

const distinct = (values: fc.Arbitrary<number>) => fc.uniqueArray(values, { minLength: 1, maxLength: 4 });
const sized = distinct(fc.integer({ min: 1, max: 2000 }));

test("a schedule that starts below σ = 1 is noted once, with the sigma that the model is told", () => {
  const sigmas = [0.909375, 0.725, 0.421875];
  const { notes } = expand({ name: "a", base: { ...still, schedule: { sigmas } }, grid: { seed: [0, 1] } });
  expect(notes.filter((note) => note.includes("0.909375"))).toHaveLength(1);
});

test("a grid is the product of its lists, the first key slowest, each cell whole", () => {
  fc.assert(
    fc.property(distinct(fc.integer({ min: 1, max: 60 })), sized, sized, (steps, height, seed) => {
      const { cells } = expand({ name: "a", base: { ...still, schedule: "shift:7" }, grid: { steps, height, seed } });
      const expected = steps.flatMap((n) => height.flatMap((h) => seed.map((s) => [n, h, s])));
      expect(cells.map((cell) => [cell.steps, cell.height, cell.seed])).toEqual(expected);
      for (const cell of cells) {
        expect(Object.keys(cell).sort()).toEqual([...AXES, "shift", "sigmas", "image_sha256", "start"].sort());
        expect(cell.sigmas).toHaveLength(cell.steps);
      }
    }),
  );
});

test("cells follow the order of the keys: swapped keys swap which one is slow", () => {
  const seeds = (grid: object) => expand({ name: "a", base, grid }).cells.map(({ seed, frames }) => [seed, frames]);
  expect(seeds({ seed: [3, 1], frames: [9, 5] })).toEqual([
    [3, 9],
    [3, 5],
    [1, 9],
    [1, 5],
  ]);
  expect(seeds({ frames: [9, 5], seed: [3, 1] })).toEqual([
    [3, 9],
    [1, 9],
    [3, 5],
    [1, 5],
  ]);
});

test("zip reads lists in parallel; it varies faster than grid and slower than the draws", () => {
  const { cells, axes } = expand({
    name: "a",
    base: { ...base, seed: undefined },
    random: { count: 2, seed: 0, draw: { guidance_scale: { uniform: [1, 9] } } },
    zip: { height: [64, 96], width: [96, 64] },
    grid: { seed: [0, 1] },
  });
  expect(cells).toHaveLength(8);
  expect(cells.map(({ seed, height, width }) => [seed, height, width])).toEqual(
    [0, 1].flatMap((seed) => [
      [seed, 64, 96],
      [seed, 64, 96],
      [seed, 96, 64],
      [seed, 96, 64],
    ]),
  );
  expect(cells[0]?.guidance_scale).toBe(cells[2]?.guidance_scale);
  expect(axes).toEqual(["seed", "height", "width", "guidance_scale"]);
});

test("draws are reproducible, within their range, and a larger count keeps the first ones", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 30 }), (seed, count) => {
      const drawn = (number: number) =>
        expand({
          name: "a",
          base: { ...base, negative_prompt: "" },
          random: {
            count: number,
            seed,
            draw: {
              true_cfg_scale: { uniform: [1.5, 8] },
              guidance_scale: { log_uniform: [0.5, 50] },
              seed: { integer: [10, 20] },
              sampler: { choice: ["euler", "heun"] },
            },
          },
        }).cells;
      const cells = drawn(count);
      expect(drawn(count)).toEqual(cells);
      expect(drawn(count + 7).slice(0, count)).toEqual(cells);
      for (const cell of cells) {
        const scale = cell.true_cfg_scale as number;
        expect(scale >= 1.5 && scale < 8).toBe(true);
        expect(cell.guidance_scale >= 0.5 && cell.guidance_scale < 50).toBe(true);
        expect(Number.isInteger(cell.seed) && cell.seed >= 10 && cell.seed <= 20).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});

test("draws fill their range evenly", () => {
  const draw = (distribution: object) =>
    expand({ name: "a", base, random: { count: 4000, seed: 1, draw: { guidance_scale: distribution } } }).cells;
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(mean(draw({ uniform: [2, 4] }).map((cell) => cell.guidance_scale))).toBeCloseTo(3, 1);
  expect(mean(draw({ log_uniform: [1, 100] }).map((cell) => Math.log10(cell.guidance_scale)))).toBeCloseTo(1, 1);
});

test("exclude removes exactly the cells that have all values of an entry", () => {
  const axis = fc.integer({ min: 0, max: 3 });
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.record({ seed: axis, frames: axis.map((k) => 4 * k + 1) }), {
        minLength: 1,
        maxLength: 8,
        selector: JSON.stringify,
      }),
      (exclude) => {
        const grid = { seed: [0, 1, 2, 3], frames: [1, 5, 9, 13] };
        const all = expand({ name: "a", base, grid }).cells;
        const { cells } = expand({ name: "a", base, grid, exclude });
        const out = (cell: Cell) => exclude.some(({ seed, frames }) => cell.seed === seed && cell.frames === frames);
        expect(cells).toEqual(all.filter((cell) => !out(cell)));
      },
    ),
  );
});

test("exclude knows defaults, and schedules as they are written", () => {
  const grid = { schedule: ["linear", { sigmas: [1, 0.9, 0.8, 0.1] }] };
  const { cells } = expand({
    name: "a",
    base: still,
    grid: { ...grid, steps: [4] },
    exclude: [{ schedule: { sigmas: [1, 0.9, 0.8, 0.1] }, seed: 0 }],
  });
  expect(cells.map(({ schedule }) => schedule)).toEqual(["linear"]);
});

test("defaults: no guidance, no negative prompt, seed 0, Euler, float32", () => {
  expect(expand({ name: "a", base }).cells).toEqual([
    {
      ...base,
      model: null,
      negative_prompt: null,
      image: null,
      image_sha256: null,
      init: null,
      start: null,
      true_cfg_scale: 1,
      guidance_scale: 1,
      seed: 0,
      sampler: "euler",
      solver_state: "float32",
      shift: 1,
      sigmas: [1, 0.75, 0.5, 0.25],
    },
  ]);
});

test("a list of sigmas fixes steps; the same number is allowed, another is refused", () => {
  const sigmas = [1, 0.75, 0.25];
  const schedule = { sigmas };
  expect(expand({ name: "a", base: { ...still, schedule } }).cells[0]).toMatchObject({ steps: 3, sigmas });
  expect(expand({ name: "a", base: { ...still, schedule, steps: 3 } }).cells).toHaveLength(1);
  expect(() => expand({ name: "a", base: { ...still, schedule }, grid: { steps: [3, 10] } })).toThrow(
    /^grid\.steps\[1\] is 10, .*sigmas:1,0\.75,0\.25 .*\b3\b/,
  );
});

test("a profile overrides base, and its sections replace the experiment's", () => {
  const experiment = {
    name: "a",
    base,
    grid: { seed: [0, 1] },
    profiles: { large: { height: 320, width: 512 }, long: { grid: { frames: [1, 65] } } },
  };
  expect(expand(experiment, { profile: "large" }).cells.map(({ height, seed }) => [height, seed])).toEqual([
    [320, 0],
    [320, 1],
  ]);
  expect(expand(experiment, { profile: "long" })).toMatchObject({ profile: "long", axes: ["frames"], notes: [] });
  expect(() => expand(experiment, { profile: "larg" })).toThrow(
    /no profile larg \(did you mean large\?\); it has large, long/,
  );
});

test("the same generation twice is run once, and a note says which", () => {
  const { cells, notes } = expand({
    name: "a",
    base: still,
    grid: { steps: [4], schedule: ["linear", "shift:1", "shift:2"] },
  });
  expect(cells.map(({ schedule }) => schedule)).toEqual(["linear", "shift:2"]);
  expect(notes).toEqual(["1 of 3 cells repeat others and run once; for example, schedule=shift:1 is schedule=linear."]);
});

test("every repeated cell is reported with both of its names", () => {
  const { cells, repeats, notes } = expand({
    name: "a",
    base: still,
    grid: { steps: [4, 5], schedule: ["linear", "shift:1", { sigmas: [1, 0.75, 0.5, 0.25] }] },
    exclude: [{ steps: 5, schedule: { sigmas: [1, 0.75, 0.5, 0.25] } }],
  });
  expect(cells.map(({ steps, schedule }) => [steps, schedule])).toEqual([
    [4, "linear"],
    [5, "linear"],
  ]);
  expect(repeats).toEqual([
    { asked: "schedule=shift:1", as: "schedule=linear", cells: 2 },
    { asked: expect.stringMatching(/^schedule=sigmas:/), as: "schedule=linear", cells: 1 },
  ]);
  expect(notes[0]).toMatch(/^3 of 5 cells repeat others/);
  const draws = { count: 3, seed: 0, draw: { seed: { choice: [7] } } };
  expect(expand({ name: "a", base, random: draws }).repeats).toEqual([
    { asked: "steps=4, schedule=linear", as: "steps=4, schedule=linear", cells: 2 },
  ]);
});

test.each([
  ["a scale of 1 that is written", { base: { ...base, negative_prompt: "blurry", true_cfg_scale: 1 } }, [1]],
  ["a grid from no guidance", { base: { ...base, negative_prompt: "" }, grid: { true_cfg_scale: [1, 3] } }, [1, 3]],
])("a negative prompt goes with %s", (_, experiment, scales) => {
  const { cells } = expand({ name: "a", ...experiment });
  expect(cells.map(({ true_cfg_scale }) => true_cfg_scale)).toEqual(scales);
});

test("a note names a value that a section overrides", () => {
  expect(expand({ name: "a", base: { ...base, seed: 7 }, grid: { seed: [1, 2] } }).notes).toEqual([
    expect.stringMatching(/^base\.seed has no effect, .*grid\.seed/),
  ]);
});

test.each([
  ["a key twice", { base, grid: { seed: [1] }, zip: { seed: [2] } }, /^zip\.seed is swept twice, .*grid\.seed/],
  [
    "lists of two lengths",
    { base, zip: { seed: [1, 2], frames: [1] } },
    /^zip\.frames has 1 values and zip\.seed has 2/,
  ],
  ["an exclusion that matches nothing", { base, exclude: [{ seed: 3 }] }, /^exclude\[0\] matches no remaining cell/],
  ["an empty exclusion", { base, exclude: [{}] }, /^exclude\[0\] is empty/],
  ["nothing left", { base, exclude: [{ seed: 0 }] }, /^exclude excludes every cell \(1\)/],
  [
    "true CFG without a negative prompt",
    { base: { ...base, true_cfg_scale: 6 } },
    /^base\.true_cfg_scale is 6 .*negative_prompt: ""/,
  ],
  [
    "negative_prompt: blurry without true_cfg_scale, which nothing would read,",
    { base: { ...base, negative_prompt: "blurry" } },
    /^base\.negative_prompt is "blurry" but true_cfg_scale is missing/,
  ],
  [
    "an empty negative prompt without true_cfg_scale",
    { base, grid: { negative_prompt: [null, ""] } },
    /^grid\.negative_prompt\[1\] is "" but true_cfg_scale is missing/,
  ],
  [
    "a guidance below none",
    { base: { ...base, true_cfg_scale: 0.5 } },
    /^base\.true_cfg_scale is 0\.5; it must be a number of at least 1/,
  ],
  ["no height", { base: { ...base, height: undefined } }, /^base\.height is missing/],
  ["no steps", { base: { ...base, steps: undefined } }, /^base\.steps is missing; the schedule linear needs/],
  [
    "half a frame",
    { base: { ...base, frames: 8.5 } },
    /^base\.frames is 8\.5; it must be a whole number of frames from 1/,
  ],
  [
    "a seed that doubles cannot hold",
    { base: { ...base, seed: 2 ** 53 } },
    /^base\.seed is 9007199254740992; it must be/,
  ],
  ["a schedule that is none", { base: { ...base, schedule: "shfit:7" } }, /^base\.schedule: .*did you mean shift\?/],
  [
    "sigmas that rise",
    { base: { ...still, schedule: { sigmas: [0.5, 1] } } },
    /^base\.schedule\.sigmas\[1\] is 1, not below/,
  ],
  [
    "a range upside down",
    { base, random: { count: 1, seed: 0, draw: { seed: { integer: [3, 1] } } } },
    /^random\.draw\.seed\.integer is \[3, 1\]/,
  ],
  [
    "too many cells",
    {
      base,
      grid: { seed: Array.from({ length: 1001 }, (_, i) => i), height: Array.from({ length: 101 }, (_, i) => i + 1) },
    },
    /101101 cells; at most 100000/,
  ],
  [
    "another key for the shift",
    { base: { ...base, shift: 7 } },
    /^base\.shift is not a known key; a flow shift is a schedule: .*schedule: shift:7/,
  ],
])("%s is refused", (_, experiment, message) => {
  expect(() => expand({ name: "a", ...experiment })).toThrow(message);
});
