import { expect, test } from "vitest";
import { meanAbsFigure } from "../../src/figure/meanAbs.ts";
import { synthetic, syntheticCell, syntheticRecord } from "../analysis/synthetic.ts";

test("the figure shows mean |x| of latent, cond and cfg at each step", () => {
  const cell = syntheticCell({ steps: 5, shift: 7 });
  const panels = meanAbsFigure(syntheticRecord([cell])).rows.flatMap((row) => row.panels);
  expect(panels.map(({ key }) => key)).toEqual(["latent-mean-abs", "cond-mean-abs", "cfg-mean-abs"]);
  const [latent, cond, cfg] = panels.map(({ traces }) => traces[0]?.y);
  expect(latent).toEqual(cell.sigmas.map((sigma) => expect.closeTo(synthetic.latentMean(sigma), 12)));
  expect(cond).toEqual(cell.sigmas.map(() => expect.closeTo(synthetic.condMean, 12)));
  expect(cfg).toEqual(cell.sigmas.map(() => expect.closeTo(synthetic.cfgMean, 12)));
  expect(panels[0]?.traces[0]?.x).toEqual(cell.sigmas.map((sigma) => expect.closeTo(1000 - 1000 * sigma, 3)));
});

test("without true CFG, cfg equals cond and is not drawn", () => {
  const record = syntheticRecord([syntheticCell({ true_cfg_scale: 1, negative_prompt: null })]);
  expect(meanAbsFigure(record).rows[0]?.panels.map(({ key }) => key)).toEqual(["latent-mean-abs", "cond-mean-abs"]);
});
