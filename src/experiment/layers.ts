import { ProbeError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import type { Axis } from "./cell.ts";
import { assign, type Given } from "./given.ts";
import type { Experiment, Sections } from "./schema.ts";

/** An experiment with a profile laid over it: what every cell has, and each section with its place. */
export interface Layers {
  readonly base: readonly [Axis, Given][];
  readonly grid: { readonly grid: NonNullable<Sections["grid"]>; readonly path: string };
  readonly zip: { readonly zip: NonNullable<Sections["zip"]>; readonly path: string };
  readonly random: { readonly random: Sections["random"]; readonly path: string };
  readonly exclude: { readonly exclude: NonNullable<Sections["exclude"]>; readonly path: string };
}

/**
 * Lays a profile over an experiment: its keys over base, its sections in place of the experiment's.
 *
 * @throws ProbeError kind input where the experiment has no such profile
 */
export function layers(experiment: Experiment, profile: string | undefined): Layers {
  const chosen = profile === undefined ? undefined : experiment.profiles?.[profile];
  if (profile !== undefined && chosen === undefined) {
    const known = Object.keys(experiment.profiles ?? {});
    const has = known.length === 0 ? "it has none" : `it has ${known.join(", ")}`;
    throw new ProbeError(
      "input",
      `The experiment ${experiment.name} has no profile ${profile}${didYouMean(profile, known)}; ${has}.`,
      { path: "profiles" },
    );
  }
  const { grid, zip, random, exclude, ...values } = chosen ?? {};
  const pathOf = (section: keyof Sections, own: unknown) =>
    own === undefined ? section : `profiles.${profile}.${section}`;
  return {
    base: [...assign(experiment.base ?? {}, "base"), ...assign(values, `profiles.${profile}`)],
    grid: { grid: grid ?? experiment.grid ?? {}, path: pathOf("grid", grid) },
    zip: { zip: zip ?? experiment.zip ?? {}, path: pathOf("zip", zip) },
    random: { random: random ?? experiment.random, path: pathOf("random", random) },
    exclude: { exclude: exclude ?? experiment.exclude ?? [], path: pathOf("exclude", exclude) },
  };
}
