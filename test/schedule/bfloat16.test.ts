import fc from "fast-check";
import { expect, test } from "vitest";
import { bfloat16 } from "../../src/schedule/bfloat16.ts";

const finite = fc.float({ noNaN: true, noDefaultInfinity: true, max: Math.fround(3e38), min: Math.fround(-3e38) });

test("is one of the two bfloat16 beside the value, the nearer one", () => {
  fc.assert(
    fc.property(finite, (value) => {
      const rounded = bfloat16(value);
      expect(bfloat16(rounded)).toBe(rounded);
      const word = new DataView(new ArrayBuffer(4));
      word.setFloat32(0, value);
      const below = word.getUint32(0) & 0xffff0000;
      const beside = [below, below + 0x10000].map((bits) => {
        word.setUint32(0, bits);
        return word.getFloat32(0);
      });
      const least = Math.min(...beside.map((other) => Math.abs(other - value)));
      expect(Math.abs(rounded - value)).toBe(least);
    }),
  );
});

test.each([
  [1, 1],
  [854, 856],
  [850, 848],
  [1 + 2 ** -8, 1],
  [1 + 3 * 2 ** -8, 1 + 2 ** -6],
  [1.1, 1.1015625],
])("%d becomes %d; halves go to the even neighbour", (value, rounded) => {
  expect(bfloat16(value)).toBe(rounded);
});
