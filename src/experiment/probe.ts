import { stringify } from "yaml";
import { ProbeError } from "../errors.ts";
import type { Advice } from "../generated/l1probe/v1/probe.ts";
import { readSource, type Source } from "./source.ts";

/** What a person says of a probe without a file. */
export interface Probe {
  readonly prompt: string;
  /** Specs of schedules, each once. */
  readonly schedules: readonly string[];
  /** By default what the server advises. */
  readonly steps?: number | undefined;
}

const LONGEST_NAME = 40;

/** A name for a probe, from its prompt: `a-red-circle-moving-right`. */
export function probeName(prompt: string): string {
  const words = prompt.normalize("NFKD").match(/[A-Za-z0-9]+/g) ?? [];
  let name = "";
  for (const word of words) {
    const longer = name === "" ? word.toLowerCase().slice(0, LONGEST_NAME) : `${name}-${word.toLowerCase()}`;
    if (longer.length > LONGEST_NAME) break;
    name = longer;
  }
  return name === "" ? "probe" : name;
}

/**
 * The experiment of a probe: one cell per schedule, with the size, frames and guidance that a server advises.
 *
 * @param advice of the server that will run it
 * @param set keys that the person sets over it, which need no advice
 * @throws ProbeError kind input if the server advises no size
 */
export function probeExperiment(
  { prompt, schedules, steps }: Probe,
  advice: Advice | undefined,
  set: ReadonlySet<string> = new Set(),
): Source {
  const { height = 0, width = 0, frames = 0, guidanceScale = 1, trueCfgScale = 1 } = advice ?? {};
  const count = steps ?? (advice?.steps || undefined);
  const sizes = { height, width, frames };
  const missing = Object.entries(sizes).filter(([key, value]) => value === 0 && !set.has(key));
  if (missing.length > 0) {
    const keys = missing.map(([key]) => key);
    throw new ProbeError(
      "input",
      `The server advises no ${keys.join(", ")}; give ${keys.map((key) => `--set ${key}=…`).join(" ")}.`,
      { path: "set" },
    );
  }
  const experiment = {
    name: probeName(prompt),
    base: {
      prompt,
      ...(trueCfgScale > 1 ? { negative_prompt: "" } : {}),
      true_cfg_scale: trueCfgScale,
      guidance_scale: guidanceScale,
      ...Object.fromEntries(Object.entries(sizes).filter(([, value]) => value > 0)),
      ...(count === undefined ? {} : { steps: count }),
    },
    grid: { schedule: [...schedules] },
  };
  return readSource(stringify(experiment), "the probe");
}
