import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { SIGNALS, type Threshold } from "../../src/cache/coefficients.ts";
import { type Interval, TEACACHE_NAMES, teaCache } from "../../src/cache/teaCache.ts";

const PATH = new URL("../../docs/caches.md", import.meta.url);

/** Text between the comments that open and close a part of the page. */
const part = (name: string): RegExp => new RegExp(`(<!-- ${name}:[^>]*-->\n)([^]*?)(<!-- end of ${name} -->)`);

const PARTS: Readonly<Record<string, () => string>> = { signals, teacache };

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return ["", ...lines, "", ""].join("\n");
}

function signals(): string {
  return table(
    ["signal", "m"],
    Object.entries(SIGNALS).map(([name, text]) => [name, text]),
  );
}

const interval = ({ from, to }: Interval): string => `${Number(from.toFixed(4))} … ${Number(to.toFixed(4))}`;

const speedup = ({ threshold, speedup }: Threshold): string =>
  `${threshold}: ${speedup === null ? "–" : `${Number(speedup.toFixed(2))}×`}`;

function teacache(): string {
  return table(
    [
      "name",
      "model",
      "published for",
      "P, highest power first",
      "P < 0 on",
      "δ: speed-up",
      "always computed",
      "signal",
      "source",
    ],
    TEACACHE_NAMES.map((name) => {
      const { model, domain, coefficients, negative, thresholds, forced, signal, source } = teaCache(name);
      return [
        name,
        model,
        domain,
        coefficients.join(", "),
        negative.map(interval).join(", ") || "–",
        thresholds.map(speedup).join(", "),
        `first ${forced.first}, last ${forced.last}`,
        signal,
        source,
      ];
    }),
  );
}

test("docs/caches.md matches the published coefficients; UPDATE_DOCS=1 rewrites it", () => {
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
