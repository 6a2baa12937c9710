import { claim, type Observation, said } from "../observation.ts";

export const quickstart: Observation = {
  name: "quickstart",
  title: "The U, and the effect of the flow shift",
  figures: ["curves"],
  shows({ at }) {
    const { cond: linear, latent } = at({ steps: 20, schedule: "linear" });
    const { cond: shifted } = at({ steps: 20, schedule: "shift:7" });
    const [few, fewShifted] = ["linear", "shift:7"].map((schedule) => at({ steps: 10, schedule }).cond.maximum.value);
    const { first, minimum, last } = linear;
    const inside = minimum.fraction > 0.1 && minimum.fraction < 0.9;
    return [
      claim(
        inside && first.value > 3 * minimum.value && last.value > 3 * minimum.value,
        `On the bundled model cond forms the U of the papers under the linear schedule: at 20 steps its L1 falls from ${said(first.value)} to ${said(minimum.value)} halfway and rises to ${said(last.value)} in the last step, while the latent's stays between ${said(latent.minimum.value)} and ${said(latent.maximum.value)}.`,
      ),
      claim(
        shifted.first.value < first.value / 3 &&
          shifted.maximum.value < linear.maximum.value &&
          (fewShifted ?? 0) < (few ?? 0),
        `Shift 7 removes the left arm (the first value is ${said(shifted.first.value)}) and lowers the maximum from ${said(linear.maximum.value)} to ${said(shifted.maximum.value)} at 20 steps, from ${said(few ?? 0)} to ${said(fewShifted ?? 0)} at 10.`,
      ),
    ].join(" ");
  },
};
