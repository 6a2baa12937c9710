import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import yargs from "yargs";
import { schedule } from "../../src/cli/schedule.ts";
import { listed, printed, sampled } from "../../src/cli/scheduleText.ts";
import { parseSchedule, readSigmas } from "../../src/schedule/index.ts";

const folder = mkdtempSync(join(tmpdir(), "l1probe-schedule-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The command's standard output; what it says on standard error is appended to `said`. */
async function run(words: readonly string[], said: string[] = []): Promise<string> {
  const out: string[] = [];
  const write = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    out.push(String(chunk));
    return true;
  });
  const quiet = vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    said.push(String(chunk));
    return true;
  });
  try {
    await yargs(["schedule", ...words])
      .command(schedule)
      .strict()
      .exitProcess(false)
      .fail((message, error) => {
        throw error ?? new Error(message);
      })
      .parseAsync();
  } finally {
    write.mockRestore();
    quiet.mockRestore();
  }
  return out.join("");
}

describe("numbers", () => {
  test("one schedule is an array of N numbers on one line that reads back exactly", async () => {
    const text = await run(["shift:7", "--steps", "5", "--format", "json"]);
    expect(text).toBe("[1,0.9655172228813171,0.9130434393882751,0.8235293626785278,0.6363636255264282]\n");
    expect(JSON.parse(text)).toStrictEqual(parseSchedule("shift:7").sigmas(5));
  });

  test("several are an object keyed by what was typed", async () => {
    const typed = ["linear", "preset:hunyuan", "beta:.6,.6"];
    const values: unknown = JSON.parse(await run([...typed, "--steps", "4", "--format", "json"]));
    expect(values).toStrictEqual(Object.fromEntries(typed.map((spec) => [spec, parseSchedule(spec).sigmas(4)])));
  });

  test("output to a pipe is json by default", async () => {
    expect(await run(["linear", "--steps", "2"])).toBe("[1,0.5]\n");
  });

  test("csv of several names the schedule in each row", async () => {
    expect(await run(["linear", "beta:1,1", "--steps", "1", "--format", "csv"])).toBe(
      'schedule,step,sigma\n"linear",0,1\n"beta:1,1",0,1\n',
    );
  });

  test("comfyui's text reads back through a file", async () => {
    const path = join(folder, "wan.txt");
    writeFileSync(path, await run(["shift:8", "--steps", "30", "--format", "comfyui"]));
    expect(readSigmas(readFileSync(path, "utf8"), "comfyui", path)).toStrictEqual(parseSchedule("shift:8").sigmas(30));
    expect(JSON.parse(await run([`file:${path}`, "--format", "json"]))).toHaveLength(30);
  });

  test("a list fixes its number of steps, and a missing file is refused by name", async () => {
    expect(await run(["sigmas:1,.5", "--format", "json"])).toBe("[1,0.5]\n");
    await expect(run(["file:nowhere.json"])).rejects.toThrow(/file:nowhere\.json cannot be read: ENOENT/);
  });

  test("a file in another encoding is refused with its line", async () => {
    const path = join(folder, "gbk.csv");
    // `sigma,` and 备注 (a note) in GBK.
    writeFileSync(path, Buffer.concat([Buffer.from("sigma,"), Buffer.from("b1b8d7a2", "hex"), Buffer.from("\n1,\n")]));
    await expect(run([`file:${path}`])).rejects.toThrow(/gbk\.csv is not UTF-8: line 1 looks like GBK.*备注/);
    writeFileSync(path, "\uFEFF1, 0.5, 0", "utf16le");
    await expect(run([`file:${path}`])).rejects.toThrow(/UTF-16/);
    writeFileSync(path, "\uFEFF1,0.5,0");
    expect(await run([`file:${path}`])).toBe("[1,0.5]\n");
  });

  test("a list that starts below 1 runs, with a note on standard error", async () => {
    const said: string[] = [];
    expect(await run(["sigmas:.909375,.725,.421875"], said)).toBe("[0.909375011920929,0.7250000238418579,0.421875]\n");
    expect(said.join("")).toContain("told σ = 0.909375");
    said.length = 0;
    await run(["shift:7", "--steps", "4"], said);
    expect(said).toStrictEqual([]);
  });

  test.each([
    [["shift:7"], "add --steps N"],
    [["--steps", "5"], "No schedule is given"],
    [["shift:7", "--steps", "five"], '--steps is "five"'],
    [["shift:7", "--steps", "4,5"], '--steps is "4,5"'],
    [["shift:7", "--steps", "4", "--steps", "5"], "--steps is given more than once"],
    [["shift:7", "--steps", "4.5"], "steps is 4.5"],
    [["hunyuan", "--steps", "4"], "did you mean preset:hunyuan?"],
    [["--list", "hunyuan"], "did you mean preset:hunyuan?"],
    [["sigmas:1000,757,522"], "which gives 1, 0.757, 0.522."],
    [["shift:7", "linear", "--steps", "5", "--format", "comfyui"], "2 schedules are given"],
    [["shift:7", "--steps", "5", "--plot", "a.pdf"], "--plot is a.pdf; its name must end in .svg, .png, .html."],
    [["shift:7", "--steps", "5", "--line", "2"], "--line is 2"],
    [["--list", "bata"], "There is no schedule bata (did you mean beta?)"],
    [["--list", "--format", "csv"], "--list has no csv format"],
  ])("%j is refused", async (words, message) => {
    await expect(run(words)).rejects.toThrow(message);
  });
});

describe("on a terminal", () => {
  test("a terminal gets a plot within its width, the canonical spec, slopes and short numbers", () => {
    const text = printed(sampled(["shift:7", "linear-quadratic"], 20, {}), undefined, 72);
    expect(text.split("\n").every((line) => line.length <= 72)).toBe(true);
    expect(text).toContain("1.00 ┤○");
    expect(text).toContain("shift:7: 20 sigmas, slope 0.142857 first and 7 last");
    expect(text).toContain("linear-quadratic:threshold=0.025: 20 sigmas\n  1 0.9975 0.995");
  });

  test("the list shows every schedule, or those named, and the presets", () => {
    expect(listed([], undefined)).toMatch(/^linear\n[\s\S]*\ncompose\+…\+…\n[\s\S]*\n {4}moviegen +linear-quadratic/);
    expect(listed(["cdf:logistic,s=7"], undefined)).toMatch(/^cdf:distribution,s,\[terminal=…\]\n/);
    expect(JSON.parse(listed(["shift"], "json"))).toMatchObject([{ name: "shift", parameters: [{ required: true }] }]);
  });
});

describe("pictures", () => {
  const words = ["linear", "shift:17", "linear-quadratic-smooth", "--steps", "50", "--line", ".11", "--plot"];

  test.each([
    ["svg", /^<svg[\s\S]*linear-quadratic-smooth/],
    ["html", /^<!DOCTYPE html>[\s\S]*linear-quadratic-smooth/],
    ["png", /^\ufffdPNG/],
  ])("--plot writes %s and prints no numbers", async (ending, start) => {
    const path = join(folder, `a.${ending}`);
    expect(await run([...words, path])).toBe("");
    expect(readFileSync(path, "utf8")).toMatch(start);
  });

  test("the page fetches nothing and contains the numbers", () => {
    const page = readFileSync(join(folder, "a.html"), "utf8");
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<(script|link|img)[^>]*(src|href)="?https?:/);
    expect(page).toContain(JSON.stringify(parseSchedule("shift:17").sigmas(50)));
  });
});

test("markdown has a row per step and a column per schedule", async () => {
  const [head, rule, ...lines] = (await run(["shift:7", "linear", "--steps", "2", "--format", "markdown"])).split("\n");
  expect([head, rule]).toEqual(["| step | shift:7 | linear |", "| ---: | ---: | ---: |"]);
  expect(lines.filter(Boolean)).toEqual(["| 0 | 1 | 1 |", "| 1 | 0.875 | 0.5 |"]);
});
