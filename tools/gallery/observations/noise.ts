import { claim, endsHighest, type Observation, percent, said, span, spread } from "../observation.ts";

export const noise: Observation = {
  name: "noise",
  title: "Initial noise",
  figures: ["curves"],
  shows({ all }) {
    const maxima = all.map(({ cond }) => cond.maximum.value);
    const latents = all.map(({ latent }) => latent.maximum.value);
    const mean = maxima.reduce((sum, value) => sum + value, 0) / maxima.length;
    const deviation = Math.sqrt(maxima.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (maxima.length - 1));
    return [
      claim(
        all.every(({ cond }) => endsHighest(cond)),
        `On the bundled model the seed changes the values but not the shape: over ${all.length} seeds cond's maximum, always in the last step, is ${span(maxima)} (mean ${said(mean)}, standard deviation ${said(deviation)}), cfg's ${span(all.map(({ cfg }) => cfg.maximum.value))}.`,
      ),
      claim(
        spread(latents) < 0.1,
        `The latent's hardly moves (${span(latents)}), so if the cond maxima of two single cells differ by less than ${percent(spread(maxima))}, the noise alone may explain it.`,
      ),
    ].join(" ");
  },
};
