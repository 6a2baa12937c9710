import { parseSchedule, slopeCurve } from "../../../src/schedule/index.ts";
import { claim, falls, type Observation, said, span } from "../observation.ts";

/** φ' halfway, at t = ½. */
function middleSlope(schedule: unknown): number {
  const pieces = slopeCurve(parseSchedule(String(schedule)), 20, 21);
  return pieces[10]?.slope ?? Number.NaN;
}

export const endSlopes: Observation = {
  name: "end-slopes",
  title: "Distributions with the same end slopes",
  figures: ["curves"],
  shows({ all, at }) {
    const shift = at({ schedule: "shift:7" });
    const same = all.filter((cell) => cell !== shift);
    const sorted = [...same].sort((a, b) => middleSlope(a.axes.schedule) - middleSlope(b.axes.schedule));
    const slopes = sorted.map(({ axes }) => middleSlope(axes.schedule));
    const maxima = sorted.map(({ cond }) => cond.maximum.value);
    return [
      claim(
        falls(maxima),
        `On the bundled model a steeper middle at the same end slopes lowers cond's maximum, from ${said(maxima[0] ?? 0)} (softsign, slope ${said(slopes[0] ?? 0)} halfway) to ${said(maxima.at(-1) ?? 0)} (Gaussian, ${said(slopes.at(-1) ?? 0)}), and the latent's maximum lies between ${span(same.map(({ latent }) => latent.maximum.value)).replace(" to ", " and ")}.`,
      ),
      claim(
        shift.cond.maximum.value < Math.min(...maxima),
        `The last slope matters more: the flow shift, whose last slope is 7 instead of 3, has a maximum of ${said(shift.cond.maximum.value)}.`,
      ),
    ].join(" ");
  },
};
