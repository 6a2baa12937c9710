import { claim, type Observation, said, span, spread } from "../observation.ts";

const deterministic = ["euler", "heun", "dpm++2m", "unipc", "deis"];
const stochastic = ["euler-stochastic", "dpm++sde"];

export const samplers: Observation = {
  name: "samplers",
  title: "Samplers",
  figures: ["curves"],
  shows({ at }) {
    const [quiet, noisy] = [deterministic, stochastic].map((names) => names.map((sampler) => at({ sampler }).cond));
    const maxima = (quiet ?? []).map(({ maximum }) => maximum.value);
    const minima = (noisy ?? []).map(({ minimum }) => minimum.value);
    return [
      claim(
        spread(maxima) < 0.15,
        `On the bundled model the five deterministic samplers follow the same path: cond's maximum is ${span(maxima)}, and at 20 steps their curves are hard to distinguish.`,
      ),
      claim(
        Math.min(...minima) > 3 * Math.max(...maxima),
        `The two that add noise in every step do not: their cond changes by at least ${said(Math.min(...minima))} in every step, because each evaluation sees new noise, so a cache threshold on the L1 would not carry over to them.`,
      ),
    ].join(" ");
  },
};
