import { claim, type Observation, percent, said } from "../observation.ts";

/** Relative change between two values. */
function change(from: number, to: number): number {
  return Math.abs(to / from - 1);
}

export const cfgTable: Observation = {
  name: "cfg-table",
  title: "The article's table",
  figures: ["mean-abs", "curves"],
  commands: ["npx l1probe table runs/cfg-table"],
  table: true,
  shows({ at }) {
    const { latent, cond, cfg } = at({}).meanAbs;
    const [ofLatent, ofCond, ofCfg] = [latent, cond, cfg].map(({ first, second }) => change(first, second));
    return [
      claim(
        (ofCfg ?? 0) > 5 * (ofCond ?? 0) && (ofCfg ?? 0) > 5 * (ofLatent ?? 0),
        `On the bundled model, as in the article's table, cfg changes most in the first step: its mean absolute value falls from ${said(cfg.first)} to ${said(cfg.second)} (article: 3.48 to 1.41), while the latent's falls from ${said(latent.first)} to ${said(latent.least)} and then grows to ${said(latent.last)} (article: 0.797, 0.695, 1.41).`,
      ),
      claim(
        cond.second < cond.first && (ofCond ?? 0) < 0.1,
        `Cond differs from the article: from the first step to the second it falls by ${percent(ofCond ?? 0)}, whereas the article's grows by 44 %.`,
      ),
    ].join(" ");
  },
};
