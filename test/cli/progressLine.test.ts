import { expect, test } from "vitest";
import { duration, progressLine, progressText } from "../../src/cli/progressLine.ts";
import type { Progress } from "../../src/sweep/progress.ts";

const progress: Progress = {
  cells: 4,
  cellsDone: 2,
  cellsFailed: 0,
  steps: 60,
  stepsDone: 30,
  rate: 12.345,
  secondsLeft: 2.6,
};

/** A stream that keeps what is written. */
function paper(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  let text = "";
  const stream = { isTTY, columns: 60, write: (part: string) => (text += part) } as unknown as NodeJS.WriteStream;
  return { stream, text: () => text };
}

test.each([
  [0.4, "0 s"],
  [59.4, "59 s"],
  [59.6, "1:00"],
  [185, "3:05"],
  [3723, "1:02:03"],
  [86400, "24:00:00"],
])("%s seconds are said as %s", (seconds, said) => {
  expect(duration(seconds)).toBe(said);
});

test("a line says cells, steps, rate and time left, and failures only where there are some", () => {
  expect(progressText(progress)).toBe("cells 2/4 · steps 30/60 · 12.3 steps/s · 3 s left");
  expect(progressText({ ...progress, cellsFailed: 1, rate: null, secondsLeft: null })).toBe(
    "cells 2/4 (1 failed) · steps 30/60",
  );
  expect(progressText({ ...progress, stepsDone: 60 })).toBe("cells 2/4 · steps 60/60 · 12.3 steps/s");
});

test("where there is no terminal, lines are plain, and at most one in ten seconds", () => {
  const { stream, text } = paper(false);
  const line = progressLine(stream, false);
  for (let stepsDone = 0; stepsDone < 60; stepsDone++) line.update({ ...progress, stepsDone });
  line.note("note: hello");
  line.end();
  line.end();
  expect(text().split("\n")).toEqual([
    "cells 2/4 · steps 0/60 · 12.3 steps/s · 3 s left",
    "note: hello",
    "cells 2/4 · steps 59/60 · 12.3 steps/s · 3 s left",
    "",
  ]);
});

test("on a terminal one line is drawn over, no wider than it, and notes stand above it", () => {
  const { stream, text } = paper(true);
  const line = progressLine(stream, false);
  line.status("starting");
  line.update(progress);
  line.note("note: hello");
  line.end();
  const screen: string[] = [];
  for (const row of text().split("\n")) screen.push(row.split("\r\u001b[K").at(-1) ?? "");
  expect(screen[0]).toBe("note: hello");
  expect(screen[1]).toMatch(/^━{10}╌{10} cells 2\/4 · steps 30\/60/);
  expect(screen[1]?.length).toBe(59);
  expect(screen[2]).toBe("");
});

test("what is waited for is said before there is progress, and left behind by an error", () => {
  const { stream, text } = paper(true);
  const line = progressLine(stream, false);
  line.status("starting a server");
  line.end();
  expect(text().split("\r\u001b[K")).toEqual(["", "starting a server …\n"]);
});

test("quiet shows notes only", () => {
  const { stream, text } = paper(false);
  const line = progressLine(stream, true);
  line.status("starting");
  line.update(progress);
  line.note("note: hello");
  line.end();
  expect(text()).toBe("note: hello\n");
});
