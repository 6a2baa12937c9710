import { claim, endsHighest, falls, type Observation, rises, said } from "../observation.ts";

export const steps: Observation = {
  name: "steps",
  title: "Number of steps",
  figures: ["curves"],
  shows({ all, at }) {
    const [five, ten, fifty] = [at({ steps: 5 }), at({ steps: 10 }), at({ steps: 50 })];
    const follows = Math.min(...all.map(({ latentWithStepSize }) => latentWithStepSize));
    const fromTen = all.slice(1).map(({ cond }) => cond);
    return [
      claim(
        falls(all.map(({ cfg }) => cfg.maximum.value)) && follows > 0.99,
        `On the bundled model two of the three curves behave as in the article: cfg's maximum falls from ${said(five.cfg.maximum.value)} at 5 steps to ${said(fifty.cfg.maximum.value)} at 50, and the latent's L1 follows Δσ (correlation at least ${said(follows)}).`,
      ),
      claim(
        ten.cond.maximum.value < five.cond.maximum.value &&
          rises(fromTen.map(({ maximum }) => maximum.value)) &&
          fromTen.every(endsHighest) &&
          falls(all.map(({ cond }) => cond.first.value)),
        `Cond does not: its maximum falls from ${said(five.cond.maximum.value)} to ${said(ten.cond.maximum.value)} at 10 steps and then rises to ${said(fifty.cond.maximum.value)} at 50, because it lies in the last step, which starts closer to the clean end the more steps there are (1000 − timestep = ${said(ten.cond.last.elapsed)} with 10 steps, ${said(fifty.cond.last.elapsed)} with 50), and this model's prediction changes fastest there.`,
      ),
    ].join(" ");
  },
};
