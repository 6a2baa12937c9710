import { expect, test } from "vitest";
import type { Cell } from "../../src/experiment/cell.ts";
import { expand } from "../../src/experiment/expand.ts";
import { firstStepKey, wireCell } from "../../src/experiment/wireCell.ts";
import { SolverState } from "../../src/generated/l1probe/v1/probe.ts";
import { pictures } from "./pictures.ts";

const base = { prompt: "x", height: 24, width: 40, frames: 9, steps: 2, schedule: "linear" };
const cellOf = (change: object, bytes?: Uint8Array): Cell => {
  const ports = { readBytes: () => bytes ?? Buffer.alloc(0) };
  const [cell] = expand({ name: "a", base: { ...base, ...change } }, { ports }).cells;
  if (cell === undefined) throw new Error("no cell");
  return cell;
};

test("a cell is sent with every value that it has, and a negative prompt or image only if it has one", () => {
  expect(wireCell("id", cellOf({ seed: 3, guidance_scale: 6, solver_state: "stock" }))).toEqual({
    cellId: "id",
    prompt: "x",
    negativePrompt: undefined,
    sigmas: [1, 0.5],
    sampler: "euler",
    solverState: SolverState.SOLVER_STATE_STOCK,
    height: 24,
    width: 40,
    frames: 9,
    seed: 3n,
    guidanceScale: 6,
    trueCfgScale: 1,
    trueCfgScales: [],
    expertTrueCfgScales: [],
    image: undefined,
  });
  expect(wireCell("id", cellOf({ negative_prompt: "", true_cfg_scale: 1 })).negativePrompt).toBe("");
});

test("an image counts by its bytes, not by its path", () => {
  const [[, png], [, jpeg]] = pictures as [[string, Uint8Array], [string, Uint8Array]];
  const key = firstStepKey(cellOf({ image: "a.png" }, png));
  expect(firstStepKey(cellOf({ image: "b.png" }, png))).toBe(key);
  expect(firstStepKey(cellOf({ image: "a.png" }, jpeg))).not.toBe(key);
  expect(firstStepKey(cellOf({}))).not.toBe(key);
});

test("a prompt with half of a surrogate pair is refused, since UTF-8 cannot carry it", () => {
  expect(() => cellOf({ prompt: "a\ud83d" })).toThrow(/^base\.prompt is .*surrogate/);
  expect(cellOf({ prompt: "🔴" }).prompt).toBe("🔴");
});
