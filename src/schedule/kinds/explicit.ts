/** Schedules given by their values: a list of sigmas, points of a shift function, a file. */

import { ProbeError } from "../../errors.ts";
import { fromShiftFunction, fromValues } from "../curve.ts";
import { pchip } from "../math/pchip.ts";
import {
  choice,
  fileName,
  numbers,
  optional,
  type Parameter,
  readNumber,
  Unreadable,
  writeNumber,
} from "../parameter.ts";
import { checkSigmas } from "../schedule.ts";
import { scheduleKind } from "../scheduleKind.ts";
import { readSigmas, TEXT_FORMS, type TextForm } from "../sigmasText.ts";

/** A list of sigmas without the terminal 0. It fixes its number of steps. */
export const sigmas = scheduleKind({
  name: "sigmas",
  summary: "The values themselves, without the terminal 0; they fix the number of steps.",
  formula: "σᵢ as written",
  slopes: "those of the values",
  source: "-",
  example: "sigmas:1,.75,.5,.25",
  parameters: { values: numbers("the sigmas, strictly decreasing in (0, 1]") },
  build: ({ values }) => {
    checkSigmas(values, "sigmas");
    return fromValues(values);
  },
});

type Point = readonly [t: number, sigma: number];

const pairs: Parameter<readonly Point[]> = {
  doc: "points t=σ in ascending order; 0=0 and 1=1 are added if t = 0 and t = 1 are not given",
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
        throw new Unreadable(`include ${text}; each must be t=σ with both in [0, 1], like .25=.7`);
      return [t, sigma];
    }),
  write: (points) => points.map((point) => point.map(writeNumber).join("=")).join(","),
};

/** A shift function through points (t, σ), by monotone cubic interpolation. */
export const points = scheduleKind({
  name: "points",
  summary: "A shift function through given points, by monotone cubic interpolation.",
  formula: "φ is the monotone cubic with φ(t) = σ at each point",
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
            ? `points has ${point.join("=")}; at t = 0, σ must be 0.`
            : `points has ${point.join("=")} after ${before.join("=")}; t and σ must both increase, from 0=0 to at most 1=1.`,
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

const EXTENSIONS: ReadonlyMap<string, TextForm> = new Map([
  ["json", "json"],
  ["csv", "csv"],
  ["txt", "comfyui"],
]);

function formOf(path: string): TextForm {
  const form = EXTENSIONS.get(path.slice(path.lastIndexOf(".") + 1).toLowerCase());
  if (form === undefined)
    throw new ProbeError(
      "input",
      `file:${path} does not end in .json, .csv or .txt, so its format is unknown; add form=json, form=csv or form=comfyui.`,
    );
  return form;
}

/** A list of sigmas from a file, which is read through {@link Ports}; sigmasText.ts defines the formats. */
export const file = scheduleKind({
  name: "file",
  summary: "The values in a file: JSON, CSV, or ComfyUI's text (N + 1 values with the final 0).",
  formula: "σᵢ as written",
  slopes: "those of the values",
  source: "-",
  example: "file:sigmas.json",
  parameters: {
    path: fileName("the file"),
    form: optional(choice("the format; by default from the ending .json, .csv or .txt (comfyui)", TEXT_FORMS)),
  },
  build: ({ path, form }, _, { readFile }) => {
    if (readFile === undefined)
      throw new ProbeError("input", `file:${path} cannot be read here; give its values as sigmas:… instead.`);
    const format = form ?? formOf(path);
    let text: string;
    try {
      text = readFile(path);
    } catch (cause) {
      if (cause instanceof ProbeError) throw cause;
      throw new ProbeError("input", `file:${path} cannot be read: ${ProbeError.from(cause).message}.`, { cause });
    }
    const values = readSigmas(text, format, path);
    checkSigmas(values, path);
    return fromValues(values);
  },
});
