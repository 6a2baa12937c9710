import { claim, type Finding, percent, said } from "../finding.ts";

/** Relative change between two values. */
function change(from: number, to: number): number {
  return Math.abs(to / from - 1);
}

export const cfgTable: Finding = {
  name: "cfg-table",
  title: "The article's table",
  figures: ["sizes", "article"],
  commands: ["npx l1probe table runs/cfg-table"],
  table: true,
  shows({ at }) {
    const { latent, cond, cfg } = at({}).sizes;
    const [ofLatent, ofCond, ofCfg] = [latent, cond, cfg].map(({ first, second }) => change(first, second));
    return [
      claim(
        (ofCfg ?? 0) > 5 * (ofCond ?? 0) && (ofCfg ?? 0) > 5 * (ofLatent ?? 0),
        `On the bundled model, as in the article's table, cfg moves most at first: its mean size falls from ${said(cfg.first)} to ${said(cfg.second)} (article: 3.48 to 1.41), and the latent's falls from ${said(latent.first)} to ${said(latent.least)} and grows again to ${said(latent.last)} (article: 0.797, 0.695, 1.41).`,
      ),
      claim(
        cond.second < cond.first && (ofCond ?? 0) < 0.1,
        `Cond answers differently: from the first step to the second it falls by ${percent(ofCond ?? 0)}, where the article's grows by 44 %.`,
      ),
    ].join(" ");
  },
};
