import { expect, test } from "vitest";
import { parseSchedule } from "../../../src/schedule/index.ts";
import { farthest, golden } from "../golden.ts";

test.each(golden<{ cases: { spec: string; sigmas: number[] }[] }>("optimal-steps").cases)(
  "$spec is OptimalSteps' table",
  ({ spec, sigmas }) => {
    expect(farthest(parseSchedule(spec).exact(sigmas.length), sigmas)).toBeLessThan(1e-12);
  },
);

test("distilled tables are exact at their own number of steps", () => {
  expect(parseSchedule("distilled:ltx-2").exact(8)).toStrictEqual([
    1, 0.99375, 0.9875, 0.98125, 0.975, 0.909375, 0.725, 0.421875,
  ]);
  expect(parseSchedule("distilled:fastwan-480p").exact(3)).toStrictEqual([1, 0.757, 0.522]);
});
