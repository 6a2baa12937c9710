import { ProbeError } from "../../errors.ts";
import { family } from "../grammar/family.ts";
import { type Parameter, readNumber, Unreadable, writeNumber } from "../grammar/parameter.ts";
import { pchip } from "../math/pchip.ts";
import { fromShiftFunction } from "../shape.ts";

type Point = readonly [t: number, sigma: number];

const pairs: Parameter<readonly Point[]> = {
  doc: "points t=σ, rising; 0=0 and 1=1 are added where t = 0 and t = 1 are not given",
  allowed: "t=σ,…, each in [0, 1]",
  fallback: undefined,
  keyed: false,
  rest: true,
  domain: null,
  read: (texts) =>
    texts.map((text) => {
      const [t, sigma, ...more] = text.split("=").map(readNumber);
      const fine = [t, sigma].every((value) => value !== undefined && value >= 0 && value <= 1);
      if (t === undefined || sigma === undefined || more.length > 0 || !fine)
        throw new Unreadable(`hold ${text}; each must be t=σ with both in [0, 1], like .25=.7`);
      return [t, sigma];
    }),
  write: (points) => points.map((point) => point.map(writeNumber).join("=")).join(","),
};

/** A shift function through points (t, σ), by the monotone cubic of Fritsch and Butland: it never turns back. */
export const points = family({
  name: "points",
  summary: "A shift function through given points, by monotone cubic interpolation.",
  formula: "φ the monotone cubic with φ(t) = σ at each point",
  slopes: "the cubic's end slopes",
  source: "Fritsch & Butland 1984; SciPy's PchipInterpolator",
  example: "points:.2=.7,.5=.9",
  parameters: { points: pairs },
  build({ points: given }) {
    const [first, last] = [given[0], given.at(-1)];
    const all = [
      ...(first?.[0] === 0 ? [] : [[0, 0] as const]),
      ...given,
      ...(last?.[0] === 1 ? [] : [[1, 1] as const]),
    ];
    all.forEach((point, index) => {
      const before = all[index - 1];
      if (before === undefined ? point[1] !== 0 : point[0] <= before[0] || point[1] <= before[1])
        throw new ProbeError(
          "input",
          before === undefined
            ? `points has ${point.join("=")}; at t = 0 σ must be 0.`
            : `points has ${point.join("=")} behind ${before.join("=")}; t and σ must both rise from 0=0 to at most 1=1.`,
        );
    });
    return fromShiftFunction(
      pchip(
        all.map(([t]) => t),
        all.map(([, sigma]) => sigma),
      ),
    );
  },
});
