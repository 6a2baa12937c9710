/** Schedules that `l1probe recommend` measured, read from the file that it wrote. */

import { ProbeError } from "../../errors.ts";
import { fromShiftFunction, fromSteps, fromValues } from "../curve.ts";
import { pchip } from "../math/pchip.ts";
import { fileName } from "../parameter.ts";
import { checkSigmas } from "../schedule.ts";
import { scheduleKind } from "../scheduleKind.ts";

/** What a file of `knock-out` holds: one schedule, one for some N, or the measured curve, which gives every N. */
type Content =
  | { readonly holds: "list"; readonly values: readonly number[] }
  | { readonly holds: "map"; readonly byN: ReadonlyMap<number, readonly number[]> }
  | { readonly holds: "curve"; readonly share: readonly number[]; readonly sigma: readonly number[] };

function isNumbers(value: unknown): value is number[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "number" && Number.isFinite(one))
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The curve of a recommendation: the share of the steps above each sigma, both ends included. */
function curveOf({ share, sigma }: Readonly<Record<string, unknown>>, path: string): Content {
  const rises = (values: readonly number[]) => values.every((value, i) => i === 0 || value > (values[i - 1] ?? value));
  const fine =
    isNumbers(share) &&
    isNumbers(sigma) &&
    share.length === sigma.length &&
    share.length > 1 &&
    rises(share) &&
    rises(sigma.toReversed()) &&
    share[0] === 0 &&
    share.at(-1) === 1 &&
    sigma[0] === 1 &&
    sigma.at(-1) === 0;
  if (fine) return { holds: "curve", share, sigma };
  throw new ProbeError(
    "input",
    `${path} has a curve that is none: share must rise from 0 to 1 and sigma fall from 1 to 0, in two lists of one length.`,
    { path },
  );
}

function mapOf(entries: readonly (readonly [string, unknown])[], path: string): Content {
  const byN = new Map<number, readonly number[]>();
  for (const [key, values] of entries) {
    const steps = Number(key);
    if (!/^[1-9]\d*$/.test(key) || !isNumbers(values) || values.length !== steps)
      throw new ProbeError(
        "input",
        `${path} has the key ${JSON.stringify(key)} without ${/^[1-9]\d*$/.test(key) ? `${key} numbers` : "a number of steps"}; a map is {"4": [4 sigmas], "10": [10 sigmas], …}.`,
        { path },
      );
    checkSigmas(values, `${path}.${key}`);
    byN.set(steps, values);
  }
  return { holds: "map", byN };
}

/** @throws ProbeError kind input if the text is none of what the kind reads */
function readContent(text: string, path: string): Content {
  const refuse = (why: string, cause?: unknown) =>
    new ProbeError(
      "input",
      `${path} ${why}; it must be recommendation.json of l1probe recommend, an array of sigmas, or a map like {"4": [4 sigmas]}.`,
      { path, cause },
    );
  let data: unknown;
  try {
    data = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw refuse(`is not JSON (${ProbeError.from(error).message})`, error);
  }
  if (isNumbers(data)) {
    checkSigmas(data, path);
    return { holds: "list", values: data };
  }
  if (!isObject(data)) throw refuse("holds no schedule");
  if (isObject(data.curve)) return curveOf(data.curve, path);
  const entries = Object.entries(isObject(data.schedules) ? data.schedules : data);
  if (entries.length === 0) throw refuse("holds no schedule");
  return mapOf(entries, path);
}

/**
 * A measured schedule. `recommendation.json` holds the share of the steps that lie above each sigma, which serves every
 * N: σᵢ is where the monotone cubic through it reaches i/N.
 */
export const knockOut = scheduleKind({
  name: "knock-out",
  summary: "What l1probe recommend measured: its recommendation.json for every N, or a list, or a map by N.",
  formula: "Λ(σᵢ) = i/N, Λ the measured share of the steps above σ, interpolated by a monotone cubic",
  slopes: "those of the measurement",
  source: "l1probe recommend",
  example: "knock-out:recommendation.json",
  parameters: { path: fileName("the file that recommend wrote") },
  build({ path }, _, { readFile }) {
    if (readFile === undefined)
      throw new ProbeError("input", `knock-out:${path} cannot be read here; give its values as sigmas:… instead.`);
    let text: string;
    try {
      text = readFile(path);
    } catch (cause) {
      if (cause instanceof ProbeError) throw cause;
      throw new ProbeError("input", `knock-out:${path} cannot be read: ${ProbeError.from(cause).message}.`, { cause });
    }
    const content = readContent(text, path);
    if (content.holds === "list") return fromValues(content.values);
    if (content.holds === "curve") return fromShiftFunction(fromShare(content.share, content.sigma));
    const { byN } = content;
    const [only] = byN.values();
    if (byN.size === 1 && only !== undefined) return fromValues(only);
    return fromSteps((index, steps) => {
      const values = byN.get(steps);
      if (values !== undefined) return values[index] ?? 0;
      const known = [...byN.keys()].sort((a, b) => a - b).join(", ");
      throw new ProbeError("input", `${path} has no schedule of ${steps} steps; it has ${known}.`, { path });
    });
  },
});

/**
 * The shift function of a measured share of steps: φ(t) is the sigma above which the share 1 − t of the steps lies.
 *
 * @param share of the steps above each sigma, rising from 0 to 1
 * @param sigma falling from 1 to 0, as many
 */
export function fromShare(share: readonly number[], sigma: readonly number[]): (t: number) => number {
  const curve = pchip(share, sigma);
  return (t) => (t >= 1 ? 1 : t <= 0 ? 0 : curve(1 - t));
}
