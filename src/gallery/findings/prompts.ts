import { claim, endsHighest, type Finding, percent, said, span } from "../finding.ts";

const bare = "an orange triangle";

export const prompts: Finding = {
  name: "prompts",
  title: "Prompts",
  figures: ["article"],
  shows({ all, at }) {
    const whole = all.filter(({ axes }) => axes.prompt !== bare);
    const { cond } = at({ prompt: bare });
    return [
      claim(
        whole.every((cell) => endsHighest(cell.cond)),
        `On the bundled model the ${whole.length} prompts that name a background have curves of one shape: cond is largest in the last step (${span(whole.map((cell) => cell.cond.maximum.value))}), and the latent's maximum is ${span(all.map(({ latent }) => latent.maximum.value))} over all.`,
      ),
      claim(
        !endsHighest(cond) && cond.maximum.fraction < 0.5,
        `The bare "${bare}", which leaves background and motion open, moves most early: ${said(cond.maximum.value)} after ${percent(cond.maximum.fraction)} of the steps, ${said(cond.last.value)} in the last.`,
      ),
    ].join(" ");
  },
};
