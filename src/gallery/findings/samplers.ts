import { claim, type Finding, said, span, spread } from "../finding.ts";

const deterministic = ["euler", "heun", "dpm++2m", "unipc", "deis"];
const stochastic = ["euler-stochastic", "dpm++sde"];

export const samplers: Finding = {
  name: "samplers",
  title: "Samplers",
  figures: ["article"],
  shows({ at }) {
    const [quiet, noisy] = [deterministic, stochastic].map((names) => names.map((sampler) => at({ sampler }).cond));
    const maxima = (quiet ?? []).map(({ maximum }) => maximum.value);
    const minima = (noisy ?? []).map(({ minimum }) => minimum.value);
    return [
      claim(
        spread(maxima) < 0.15,
        `On the bundled model the five deterministic samplers travel one path: cond's maximum is ${span(maxima)}, and at 20 steps their curves can hardly be told apart.`,
      ),
      claim(
        Math.min(...minima) > 3 * Math.max(...maxima),
        `The two that add noise in every step leave it: their cond never moves by less than ${said(Math.min(...minima))}, because each evaluation sees other noise, so a threshold on the L1 would mean something else for them.`,
      ),
    ].join(" ");
  },
};
