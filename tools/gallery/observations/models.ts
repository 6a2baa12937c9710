import type { MeasuredCell } from "../measured.ts";
import { claim, type Observation, said } from "../observation.ts";

const nameOf = ({ axes: { model } }: MeasuredCell) => String(model).split("/").at(-1) ?? "";
const list = (cells: readonly MeasuredCell[]) => cells.map(nameOf).join(", ");

export const models: Observation = {
  name: "models",
  title: "All families",
  figures: ["curves"],
  ownModels: true,
  shows({ all, at }) {
    const expert = at({ model: "random:tiny-wan-2.2" });
    const others = all.filter((cell) => cell !== expert);
    const embedded = all.filter(({ axes }) => axes.true_cfg_scale === 1);
    const preserving = all.filter(({ axes }) => axes.sampler === "ddim");
    const flows = all.filter((cell) => !preserving.includes(cell));
    const follow = (cells: readonly MeasuredCell[]) => cells.map(({ latentWithStepSize }) => latentWithStepSize);
    const same = ({ cond, cfg }: MeasuredCell) => JSON.stringify(cond) === JSON.stringify(cfg);
    const begin = at({ model: "random:tiny-latte" }).latent.first.elapsed;
    const highest = Math.max(...others.map(({ cond }) => cond.maximum.value));
    return [
      claim(
        embedded.length > 3 && embedded.every(same) && !all.some((cell) => !embedded.includes(cell) && same(cell)),
        `On random weights (all but the bundled HunyuanVideo), no value or position in these curves carries over to a trained model, but each pipeline's structure is visible: with embedded guidance (${list(embedded)}) the solver receives cond itself, so cfg repeats it; in all other families the two differ.`,
      ),
      claim(
        expert.cond.maximum.value > 2 * highest,
        `Wan 2.2's second expert takes over where 1000 − timestep is ${Math.round(expert.cond.maximum.elapsed)}: cond's L1 is ${said(expert.cond.maximum.value)} in that step, because it compares the outputs of two unrelated random networks, and at most ${said(highest)} in any other family.`,
      ),
      claim(
        Math.min(...follow(flows)) > 0.95 &&
          Math.max(...follow(preserving)) < 0.5 &&
          begin > 0 &&
          preserving.some(({ latent }) => latent.first.elapsed < begin),
        `The latent's L1 follows Δσ in every flow model (correlation at least ${said(Math.min(...follow(flows)))}), with Euler and with UniPC, but not in the two variance-preserving models (${list(preserving)}), whose path is not a straight line in σ; Latte's default spacing also starts only at ${Math.round(begin)}, after the noisiest timesteps.`,
      ),
    ].join(" ");
  },
};
