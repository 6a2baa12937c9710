import { claim, endsHighest, type Observation, percent, said, span } from "../observation.ts";

const bare = "an orange triangle";

export const prompts: Observation = {
  name: "prompts",
  title: "Prompts",
  figures: ["curves"],
  shows({ all, at }) {
    const whole = all.filter(({ axes }) => axes.prompt !== bare);
    const { cond } = at({ prompt: bare });
    return [
      claim(
        whole.every((cell) => endsHighest(cell.cond)),
        `On the bundled model the ${whole.length} prompts that name a background have curves of the same shape: cond is largest in the last step (${span(whole.map((cell) => cell.cond.maximum.value))}), and the latent's maximum is ${span(all.map(({ latent }) => latent.maximum.value))} over all prompts.`,
      ),
      claim(
        !endsHighest(cond) && cond.maximum.fraction < 0.5,
        `With the bare prompt "${bare}", which leaves background and motion open, cond changes most early: ${said(cond.maximum.value)} after ${percent(cond.maximum.fraction)} of the steps, ${said(cond.last.value)} in the last.`,
      ),
    ].join(" ");
  },
};
