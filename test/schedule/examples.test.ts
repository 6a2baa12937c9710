import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { catalogue, formatSigmas, PRESETS, parseSchedule } from "../../src/schedule/index.ts";
import { FILES, PRESET_INPUT } from "./specs.ts";

const PATH = new URL("../golden/schedule/examples.json", import.meta.url);

/** Every schedule kind and every preset, printed as by `--steps 5 --format json`, or with its own N for a list. */
function printedExamples(): Record<string, string> {
  const specs = [
    ...catalogue().map(({ example }) => example),
    ...Object.entries(PRESETS).map(([name, { input }]) => `preset:${name}${PRESET_INPUT[input]}`),
  ];
  return Object.fromEntries(
    [...new Set(specs)].map((spec) => {
      const schedule = parseSchedule(spec, FILES);
      return [spec, formatSigmas(schedule.sigmas(schedule.fixedSteps ?? 5), "json")];
    }),
  );
}

test("no schedule's numbers change unnoticed; UPDATE_GOLDEN=1 rewrites them", () => {
  const printed = printedExamples();
  if (process.env.UPDATE_GOLDEN === "1") {
    const provenance = {
      source: "l1probe itself: these hold numbers still, the other files here hold them true",
      remake: "UPDATE_GOLDEN=1 npx vitest run test/schedule/examples.test.ts",
    };
    writeFileSync(PATH, `${JSON.stringify({ provenance, printed }, null, 1)}\n`);
  }
  const golden = JSON.parse(readFileSync(PATH, "utf8")) as { printed: Record<string, string> };
  expect(printed).toStrictEqual(golden.printed);
});

test("what is printed reads back as the float32 values that are sent", () => {
  for (const [spec, text] of Object.entries(printedExamples())) {
    const schedule = parseSchedule(spec, FILES);
    expect(JSON.parse(text)).toStrictEqual(schedule.sigmas(schedule.fixedSteps ?? 5));
  }
});
