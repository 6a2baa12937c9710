import { expect, test } from "vitest";
import { parseSchedule } from "../../../src/schedule/index.ts";

const files: Readonly<Record<string, unknown>> = {
  "list.json": [1, 0.7, 0.4],
  "map.json": { 2: [1, 0.6], 3: [1, 0.8, 0.5] },
  "one.json": { 3: [1, 0.8, 0.5] },
  "curve.json": { method: "knock-out", curve: { share: [0, 0.25, 0.5, 1], sigma: [1, 0.9, 0.7, 0] } },
  "wrong.json": { 3: [1, 0.8] },
  "named.json": { fast: [1, 0.8] },
  "rising.json": { 2: [0.5, 1] },
  "falling.json": { curve: { share: [0, 0.5, 0.5, 1], sigma: [1, 0.9, 0.7, 0] } },
  "text.json": "shift:7",
};
const readFile = (path: string): string => {
  if (path in files) return JSON.stringify(files[path]);
  throw new Error("no such file");
};

test("a measured curve gives every N: at share i/N lies sigma i", () => {
  const schedule = parseSchedule("knock-out:curve.json", { readFile });
  expect(schedule.fixedSteps).toBeNull();
  expect(schedule.exact(4)).toStrictEqual([1, 0.9, 0.7, schedule.phi?.(0.25)]);
  expect(schedule.exact(2)).toStrictEqual([1, 0.7]);
  expect(parseSchedule(schedule.spec, { readFile }).exact(7)).toStrictEqual(schedule.exact(7));
});

test("a list and a map of one entry fix their N, a map of several has each of its N", () => {
  expect(parseSchedule("knock-out:list.json", { readFile }).fixedSteps).toBe(3);
  expect(parseSchedule("knock-out:one.json", { readFile }).exact(3)).toStrictEqual([1, 0.8, 0.5]);
  const map = parseSchedule("knock-out:map.json", { readFile });
  expect(map.exact(2)).toStrictEqual([1, 0.6]);
  expect(map.exact(3)).toStrictEqual([1, 0.8, 0.5]);
  expect(() => map.exact(4)).toThrow("map.json has no schedule of 4 steps; it has 2, 3.");
});

test.each([
  ["knock-out:none.json", "cannot be read: no such file"],
  ["knock-out:wrong.json", 'the key "3" without 3 numbers'],
  ["knock-out:named.json", 'the key "fast" without a number of steps'],
  ["knock-out:rising.json", "rising.json.2[1] is 1"],
  ["knock-out:falling.json", "share must rise from 0 to 1"],
  ["knock-out:text.json", "holds no schedule"],
])("%s is refused", (spec, message) => {
  expect(() => parseSchedule(spec, { readFile })).toThrow(message);
});

test("without files it is refused", () => {
  expect(() => parseSchedule("knock-out:list.json")).toThrow("cannot be read here");
});
