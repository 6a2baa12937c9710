import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fallbackText, listed, presetStandsFor, printed, sampled, signature } from "../../src/cli/scheduleText.ts";
import { catalogue, PRESETS, parseSchedule } from "../../src/schedule/index.ts";

const PATH = new URL("../../docs/schedules.md", import.meta.url);

/** Text between the comments that open and close a part of the page. */
const part = (name: string): RegExp => new RegExp(`(<!-- ${name}:[^>]*-->\n)([^]*?)(<!-- end of ${name} -->)`);

const PARTS: Readonly<Record<string, () => string>> = { presets, catalogue: entries };

function presets(): string {
  const rows = Object.entries(PRESETS).map(
    ([name, preset]) => `| ${name} | \`${presetStandsFor(preset)}\` | ${preset.note} | ${preset.source} |`,
  );
  return ["", "| preset | stands for | model | source |", "| --- | --- | --- | --- |", ...rows, "", ""].join("\n");
}

function entries(): string {
  const sections = catalogue().map((entry) => {
    const parameters = entry.parameters.map(
      (parameter) =>
        `| ${parameter.name} | ${parameter.doc} | ${parameter.allowed.replaceAll("|", "\\|")} | ${fallbackText(parameter)} |`,
    );
    const table = ["| parameter | what | allowed | |", "| --- | --- | --- | --- |", ...parameters, ""];
    const source = entry.source === "-" ? [] : [`- Source: ${entry.source}`];
    return [
      `### \`${signature(entry)}\``,
      "",
      entry.summary,
      "",
      `- Formula: ${entry.formula}`,
      `- Slopes: ${entry.slopes}`,
      ...source,
      `- Example: \`${entry.example}\``,
      "",
      ...(parameters.length === 0 ? [] : table),
    ].join("\n");
  });
  return `\n${sections.join("\n")}\n`;
}

test("docs/schedules.md matches the presets and the catalogue; UPDATE_DOCS=1 rewrites it", () => {
  let page = readFileSync(PATH, "utf8");
  const written = Object.entries(PARTS).reduce(
    (text, [name, make]) => text.replace(part(name), (_, open: string, __, close: string) => open + make() + close),
    page,
  );
  if (process.env.UPDATE_DOCS === "1") {
    writeFileSync(PATH, written);
    page = written;
  }
  for (const name of Object.keys(PARTS)) expect(page).toMatch(part(name));
  expect(page).toBe(written);
});

const commands = [...readFileSync(PATH, "utf8").matchAll(/^npx l1probe schedule (.*)$/gm)].map(
  ([, words = ""]) => words,
);

test.each(commands)("the command runs: schedule %s", (words) => {
  const [text = "", steps] = words.split(" --steps ");
  const specs = text.split(" ").filter((word) => !word.startsWith("--"));
  if (words.includes("--list")) expect(listed(specs, undefined)).toContain("formula");
  else expect(printed(sampled(specs, Number.parseInt(steps ?? "", 10), {}), "json", null)).toMatch(/[\]}]$/);
});

test.each([
  ["cdf:gaussian,s=7", 1.849],
  ["cdf:logistic,s=7", 2.09],
  ["cdf:sech,s=7", 2.301],
  ["cdf:student-t2,s=7", 2.646],
  ["cdf:cauchy,s=7", 3.582],
  ["cdf:softsign,s=7", 7],
  ["g:7,form=normalised", 12.25],
  ["lorentz:7,form=normalised", 4.85],
])("the page's terminal slope of %s is %s", (spec, terminal) => {
  expect(readFileSync(PATH, "utf8")).toContain(String(terminal));
  expect(parseSchedule(spec).endSlopes?.terminal).toBeCloseTo(terminal, 2);
});
