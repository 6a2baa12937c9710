import { expect, test } from "vitest";
import { parseSchedule } from "../../../src/schedule/index.ts";

const files: Readonly<Record<string, string>> = {
  "runs/a,b+c=1.json": "[1, 0.5, 0]",
  "a.csv": "sigma\n1\n0.5",
  "a.txt": "1.0, 0.5, 0",
  a: "1.0, 0.5, 0",
  "turned.json": "[0.5, 1]",
};

function readFile(path: string): string {
  const text = files[path];
  if (text === undefined) throw new Error("no such file");
  return text;
}

test.each([
  ["file:runs/a%2Cb%2Bc%3D1.json", "file:runs/a%2Cb%2Bc%3D1.json"],
  ["file:a.csv", "file:a.csv"],
  ["file:a.txt", "file:a.txt"],
  ["file:a,form=comfyui", "file:a,form=comfyui"],
])("%s reads the file through the port", (spec, canonical) => {
  const schedule = parseSchedule(spec, { readFile });
  expect(schedule.sigmas(2)).toStrictEqual([1, 0.5]);
  expect(schedule.spec).toBe(canonical);
  expect(parseSchedule(canonical, { readFile }).spec).toBe(canonical);
});

test.each([
  ["file:b.json", "file:b.json cannot be read: no such file."],
  ["file:a", "file:a does not end in .json, .csv or .txt"],
  ["file:turned.json", "turned.json[1] is 1, not below turned.json[0] = 0.5"],
  ["file:a.csv,form=cvs", "did you mean csv?"],
])("%s is refused", (spec, message) => {
  expect(() => parseSchedule(spec, { readFile })).toThrow(message);
});

test("points are interpolated, and the ends are added", () => {
  const schedule = parseSchedule("points:.25=.7,.5=.9");
  expect(schedule.spec).toBe("points:0.25=0.7,0.5=0.9");
  expect(schedule.exact(4)).toStrictEqual([1, schedule.phi?.(0.75), 0.9, 0.7]);
});

test.each([
  ["points:.5=.9,.4=.95", "t and σ must both increase"],
  ["points:.5=1.9", "include .5=1.9"],
  ["points:0=.1", "at t = 0, σ must be 0"],
])("%s is refused", (spec, message) => {
  expect(() => parseSchedule(spec)).toThrow(message);
});
