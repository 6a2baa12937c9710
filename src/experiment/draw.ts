import { createHash } from "node:crypto";
import { ProbeError } from "../errors.ts";
import type { Axis } from "./cell.ts";
import type { Distribution, Value } from "./schema.ts";

/**
 * A number in [0, 1) with 53 random bits: the head of sha256("seed/axis/index"). Counting instead of iterating makes
 * every draw independent of all others, so more draws or another axis change none of those before.
 */
function unit(seed: number, axis: Axis, index: number): number {
  const digest = createHash("sha256").update(`${seed}/${axis}/${index}`).digest();
  return Number(digest.readBigUInt64BE() >> 11n) / 2 ** 53;
}

function checkRange(low: number, high: number, path: string, least = Number.NEGATIVE_INFINITY): void {
  if (low < high && low > least) return;
  const allowed = least === 0 ? "above 0 and the second above the first" : "the second above the first";
  throw new ProbeError("input", `${path} is [${low}, ${high}]; both must be numbers, ${allowed}.`, { path });
}

/**
 * Draw number `index` of an axis.
 *
 * @param path of the distribution, for refusals
 */
export function draw(distribution: Distribution, seed: number, axis: Axis, index: number, path: string): Value {
  const at = unit(seed, axis, index);
  if ("uniform" in distribution) {
    const [low, high] = distribution.uniform;
    checkRange(low, high, `${path}.uniform`);
    return low + at * (high - low);
  }
  if ("log_uniform" in distribution) {
    const [low, high] = distribution.log_uniform;
    checkRange(low, high, `${path}.log_uniform`, 0);
    return low * (high / low) ** at;
  }
  if ("integer" in distribution) {
    const [low, high] = distribution.integer;
    checkRange(low, high, `${path}.integer`);
    return low + Math.floor(at * (high - low + 1));
  }
  const value = distribution.choice[Math.floor(at * distribution.choice.length)];
  if (value === undefined) throw new ProbeError("internal", `${path}.choice has no value ${at}.`, { path });
  return value;
}
