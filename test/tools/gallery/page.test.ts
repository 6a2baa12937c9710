import { readdirSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { portsIn } from "../../../src/cli/experimentFile.ts";
import { expandSource, readSource } from "../../../src/experiment/source.ts";
import { fileOf } from "../../../tools/gallery/figures.ts";
import { forAdvice, gallery } from "../../../tools/gallery/gallery.ts";
import { places } from "../../../tools/gallery/make.ts";
import { cellsHash } from "../../../tools/gallery/measure.ts";
import { measuredText } from "../../../tools/gallery/measured.ts";
import { galleryPage, question } from "../../../tools/gallery/page.ts";
import { committed, measured, root, shown, words } from "./committed.ts";

const page = committed(places.page);
const files = readdirSync(`${root}${places.images}`);
const remedy = "run make gallery, or make docs if only the text changed";

test("the page is what make gallery writes from the stored numbers; UPDATE_DOCS=1 writes it", () => {
  if (process.env.UPDATE_DOCS === "1")
    writeFileSync(`${root}${places.page}`, galleryPage(shown, measured, "../docs/images/gallery"));
  expect(committed(places.page), remedy).toBe(galleryPage(shown, measured, "../docs/images/gallery"));
  expect(committed(places.measured)).toBe(measuredText(measured));
});

test("every experiment has a place, and nothing else is there", () => {
  const experiments = readdirSync(`${root}${places.experiments}`).filter((file) => file.endsWith(".yaml"));
  expect(experiments.sort()).toEqual(
    [...gallery.map(({ name }) => name), ...forAdvice].map((name) => `${name}.yaml`).sort(),
  );
  expect(Object.keys(measured), remedy).toEqual(gallery.map(({ name }) => name));
  const figures = gallery.flatMap((observation) => observation.figures.map((kind) => fileOf(observation, kind)));
  expect([...files].sort(), remedy).toEqual(["measured.json", ...figures].sort());
});

test("figures are light enough for a page: 150 kB each, 2.5 MB in all", () => {
  const sizes = files.map((file) => statSync(`${root}${places.images}/${file}`).size);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(150_000);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(2_500_000);
});

test("every link of the page leads to a heading or a file", () => {
  const anchors = [...page.matchAll(/^## (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^a-z0-9 _-]/g, "")
      .replaceAll(" ", "-"),
  );
  for (const [, anchor] of page.matchAll(/\]\(#([^)]*)\)/g)) expect(anchors).toContain(anchor);
  for (const [, source = ""] of page.matchAll(/src="\.\.\/docs\/images\/gallery\/([^"]*)"/g))
    expect(files).toContain(source);
});

const ports = portsIn(`${root}${places.experiments}`);

describe.each(shown)("$observation.name", ({ observation, yaml }) => {
  const { name } = observation;
  const source = readSource(yaml, `${name}.yaml`);

  test("has the question with which its file begins", () => {
    expect(question(yaml)).toMatch(/\?/);
    expect(page).toContain(question(yaml));
  });

  test("was measured and drawn from the current experiment", () => {
    expect(measured[name]?.cellsHash, remedy).toBe(cellsHash(expandSource(source, { ports }).cells));
    const text = words(committed(`${places.images}/${fileOf(observation, "curves")}`));
    for (const part of (measured[name]?.caption ?? "none").split(/[ \u00a0]/)) expect(text).toContain(part);
    expect(measured[name]?.caption).toContain("(bundled weights)");
    if (observation.ownModels) expect(measured[name]?.caption).toContain("(all random weights)");
  });

  test.skipIf(observation.ownModels)("has a profile for HunyuanVideo at the article's settings", () => {
    const { cells, axes } = expandSource(source, { profile: "hunyuan" });
    const article = {
      prompt: "a photo of an astronaut riding a horse on Mars.",
      negative_prompt: "",
      true_cfg_scale: 6,
      guidance_scale: 1,
      height: 320,
      width: 512,
      frames: 1,
    };
    for (const [axis, value] of Object.entries(article)) {
      const values = cells.map((cell) => cell[axis as keyof typeof article]);
      if ((axes as readonly string[]).includes(axis)) expect(values, axis).toContain(value);
      else expect(new Set(values), axis).toEqual(new Set([value]));
    }
  });
});
