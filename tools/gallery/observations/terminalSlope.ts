import { claim, falls, type Observation, rises, said } from "../observation.ts";

const slopes = [7, 5, 3, 2, 1];

export const terminalSlope: Observation = {
  name: "terminal-slope",
  title: "Lowering the last slope",
  figures: ["curves"],
  shows({ at }) {
    const cells = slopes.map((slope) => at({ schedule: `cdf:softsign,s=7,terminal=${slope}` }));
    const conds = cells.map(({ cond }) => cond.maximum.value);
    const latents = cells.map(({ latent }) => latent.maximum.value);
    const lasts = cells.map(({ latent }) => latent.last.value);
    const [from, to] = [said(conds[0] ?? 0), said(conds.at(-1) ?? 0)];
    return [
      claim(
        rises(conds) && rises(cells.map(({ cond }) => cond.last.elapsed)),
        `On the bundled model every lowering of the last slope raises cond's maximum, from ${from} at 7 to ${to} at 1, because the last step then starts closer to the clean end, where cond changes fastest.`,
      ),
      claim(
        falls(latents.slice(0, 4)) && falls(lasts),
        `Meanwhile the latent's largest step falls from ${said(latents[0] ?? 0)} to ${said(latents[3] ?? 0)} at slope 2; an L1 cannot say which of the two gives the better clip.`,
      ),
    ].join(" ");
  },
};
