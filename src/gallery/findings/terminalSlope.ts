import { claim, type Finding, falls, rises, said } from "../finding.ts";

const slopes = [7, 5, 3, 2, 1];

export const terminalSlope: Finding = {
  name: "terminal-slope",
  title: "Lowering the last slope",
  figures: ["article"],
  shows({ at }) {
    const cells = slopes.map((slope) => at({ schedule: `cdf:softsign,s=7,terminal=${slope}` }));
    const conds = cells.map(({ cond }) => cond.maximum.value);
    const latents = cells.map(({ latent }) => latent.maximum.value);
    const lasts = cells.map(({ latent }) => latent.last.value);
    const [from, to] = [said(conds[0] ?? 0), said(conds.at(-1) ?? 0)];
    return [
      claim(
        rises(conds) && rises(cells.map(({ cond }) => cond.last.elapsed)),
        `On the bundled model every lowering of the last slope raises cond's maximum, from ${from} at 7 to ${to} at 1, because the last step then begins closer to the clean end, where cond turns fastest.`,
      ),
      claim(
        falls(latents.slice(0, 4)) && falls(lasts),
        `The latent's largest step falls meanwhile from ${said(latents[0] ?? 0)} to ${said(latents[3] ?? 0)} at slope 2; which of the two makes the better clip is not a question that an L1 answers.`,
      ),
    ].join(" ");
  },
};
