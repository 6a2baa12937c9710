import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { imageSize } from "../../src/experiment/imageSize.ts";
import { pictures } from "./pictures.ts";

test.each(pictures)("a %s of 24×40 says so, wherever its bytes begin in their buffer", (_, bytes) => {
  expect(imageSize(bytes)).toEqual({ width: 40, height: 24 });
  const shifted = new Uint8Array([7, 7, 7, ...bytes]).subarray(3);
  expect(imageSize(shifted)).toEqual({ width: 40, height: 24 });
});

test.each(pictures)("a %s that was cut says its size or none, and never another", (_, bytes) => {
  for (let length = 0; length < bytes.length; length += 1) {
    expect([null, { width: 40, height: 24 }]).toContainEqual(imageSize(bytes.subarray(0, length)));
  }
});

test("bytes that are no picture have no size, and end the reading", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom([], [0xff, 0xd8]), (bytes, head) => {
      expect(() => imageSize(new Uint8Array([...head, ...bytes]))).not.toThrow();
    }),
  );
  expect(imageSize(Buffer.from("name: steps\n"))).toBeNull();
  expect(imageSize(Buffer.from("GIF89a\u0001\u0001"))).toBeNull();
});

test("the picture that ships fits the bundled model", async () => {
  const bytes = await readFile(new URL("../../experiments/red-circle.png", import.meta.url));
  expect(imageSize(bytes)).toEqual({ width: 64, height: 64 });
});
