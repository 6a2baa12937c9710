import { pchip } from "./math/pchip.ts";
import type { ShiftFunction } from "./shape.ts";

/** The monotone cubic through K sigmas at t = 1 − i/K and the terminal 0 at t = 0; it meets each of them. */
export function throughPoints(sigmas: readonly number[]): ShiftFunction {
  const count = sigmas.length;
  return pchip(
    Array.from({ length: count + 1 }, (_, k) => k / count),
    [0, ...sigmas.toReversed()],
  );
}
