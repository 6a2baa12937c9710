import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { imageSize } from "../../src/experiment/conditioningImage.ts";
import { expand } from "../../src/experiment/expand.ts";
import { cellId, generation } from "../../src/experiment/identity.ts";
import { Model } from "../../src/generated/l1probe/v1/probe.ts";
import { picture, pictures } from "./pictures.ts";

test.each(pictures)("a %s of 24×40 is measured, wherever its bytes begin in their buffer", (_, bytes) => {
  expect(imageSize(bytes)).toEqual({ width: 40, height: 24 });
  const shifted = new Uint8Array([7, 7, 7, ...bytes]).subarray(3);
  expect(imageSize(shifted)).toEqual({ width: 40, height: 24 });
});

test.each(pictures)("a truncated %s gives its size or none, never another", (_, bytes) => {
  for (let length = 0; length < bytes.length; length += 1) {
    expect([null, { width: 40, height: 24 }]).toContainEqual(imageSize(bytes.subarray(0, length)));
  }
});

test("bytes that are not an image have no size, and reading stops", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom([], [0xff, 0xd8]), (bytes, head) => {
      expect(() => imageSize(new Uint8Array([...head, ...bytes]))).not.toThrow();
    }),
  );
  expect(imageSize(Buffer.from("name: steps\n"))).toBeNull();
  expect(imageSize(Buffer.from("GIF89a\u0001\u0001"))).toBeNull();
});

test("the shipped image fits the bundled model", async () => {
  const bytes = await readFile(new URL("../../experiments/red-circle.png", import.meta.url));
  expect(imageSize(bytes)).toEqual({ width: 64, height: 64 });
});

const base = { prompt: "a red circle", height: 24, width: 40, frames: 9, steps: 4, schedule: "linear" };
const other = pictures.find(([form]) => form === "lossy WebP")?.[1] ?? new Uint8Array();
const files = new Map([
  ["red.png", picture],
  ["copies/red.png", picture],
  ["red.webp", other],
  ["notes.txt", Buffer.from("no picture")],
]);
const readBytes = (path: string) => {
  const bytes = files.get(path);
  if (bytes === undefined) throw new Error("there is no such file");
  return bytes;
};
const ports = { readBytes };
const expanded = (more: object) => expand({ name: "a", base, ...more }, { ports });

test("a cell has its image's path and sha256, and the expansion has the bytes once", () => {
  const { cells, images } = expanded({ base: { ...base, image: "red.png" }, grid: { seed: [0, 1] } });
  const sha256 = createHash("sha256").update(picture).digest("hex");
  expect(cells.map((cell) => [cell.image, cell.image_sha256])).toEqual([
    ["red.png", sha256],
    ["red.png", sha256],
  ]);
  expect([...images]).toEqual([[sha256, expect.objectContaining({ bytes: picture })]]);
});

test("another image is another cell; the same image under another path is not", () => {
  const [red, webp] = expanded({ grid: { image: ["red.png", "red.webp"] } }).cells;
  const [copy] = expanded({ base: { ...base, image: "copies/red.png" } }).cells;
  const [none] = expanded({}).cells;
  if (!red || !webp || !copy || !none) throw new Error("a cell is missing");
  const model = Model.fromPartial({ fingerprint: "sha256:0123" });
  expect(cellId(copy, model)).toBe(cellId(red, model));
  expect(new Set([red, webp, none].map((cell) => cellId(cell, model))).size).toBe(3);
  expect(generation(none)).not.toContain("image");
  const { cells, notes } = expanded({ grid: { image: ["red.png", "copies/red.png"] } });
  expect(cells).toHaveLength(1);
  expect(notes).toEqual([
    "1 of 2 cells repeat others and run once; for example, image=copies/red.png is image=red.png.",
  ]);
});

test.each([
  ["that is not there", "gone.png", /^base\.image is gone\.png, which cannot be read: there is no such file\.$/],
  ["that is none", "notes.txt", /^base\.image is notes\.txt, which is not a PNG, JPEG or WebP image\.$/],
])("a picture %s is refused with its place", (_, image, message) => {
  expect(() => expanded({ base: { ...base, image } })).toThrow(message);
});

test("an image is refused if any cell has another size", () => {
  expect(() =>
    expanded({ base: { ...base, height: undefined, image: "red.png" }, grid: { height: [24, 48] } }),
  ).toThrow(/^base\.image is red\.png of height × width 24×40, .*48×40; .*not resized/);
});

test("without a way to read files, only images are refused", () => {
  expect(() => expand({ name: "a", base: { ...base, image: "red.png" } })).toThrow(/cannot be read here/);
  expect(expand({ name: "a", base }).cells).toHaveLength(1);
});
