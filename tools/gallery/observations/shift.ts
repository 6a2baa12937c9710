import { claim, type Observation, rises, said, span } from "../observation.ts";

const shifts = [1, 3, 7, 12, 17];

export const shift: Observation = {
  name: "shift",
  title: "Flow shift",
  figures: ["curves"],
  shows({ at }) {
    const of = (steps: number) => shifts.map((s) => at({ steps, schedule: `shift:${s}` }));
    const [few, many] = [of(10), of(50)];
    const fewMaxima = few.map(({ cond }) => cond.maximum.value);
    const [linear = 0, , , at12 = 0, at17 = 0] = fewMaxima;
    const latents = few.map(({ latent }) => latent.maximum.value);
    return [
      claim(
        at12 === Math.min(...fewMaxima) && linear === Math.max(...fewMaxima) && at17 < linear / 2,
        `On the bundled model, as in the article, a large shift keeps cond's maximum small at few steps: at 10 steps it falls from ${said(linear)} at shift 1 to ${said(at12)} at shift 12, and is ${said(at17)} at 17; with 50 steps, whose last step starts closer to the clean end, it is ${span(many.map(({ cond }) => cond.maximum.value))}.`,
      ),
      claim(
        rises(latents),
        `The cost is in the latent: its largest step at 10 steps grows from ${said(latents[0] ?? 0)} to ${said(latents.at(-1) ?? 0)}.`,
      ),
    ].join(" ");
  },
};
