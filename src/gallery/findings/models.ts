import { claim, type Finding, said } from "../finding.ts";
import type { MeasuredCell } from "../measured.ts";

const nameOf = ({ axes: { model } }: MeasuredCell) => String(model).split("/").at(-1) ?? "";
const list = (cells: readonly MeasuredCell[]) => cells.map(nameOf).join(", ");

export const models: Finding = {
  name: "models",
  title: "All families",
  figures: ["article"],
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
        `On random weights, the bundled HunyuanVideo's apart, no height or place of a curve is any trained model's, but what is a pipeline's own shows: where guidance is an embedding (${list(embedded)}) the solver receives cond itself and cfg repeats it, everywhere else the two differ.`,
      ),
      claim(
        expert.cond.maximum.value > 2 * highest,
        `Wan 2.2's second expert takes over where 1000 − timestep is ${Math.round(expert.cond.maximum.elapsed)}: cond's L1 is ${said(expert.cond.maximum.value)} in that one step, as two models that never saw each other answer in turn, and at most ${said(highest)} in any other family.`,
      ),
      claim(
        Math.min(...follow(flows)) > 0.95 &&
          Math.max(...follow(preserving)) < 0.5 &&
          begin > 0 &&
          preserving.some(({ latent }) => latent.first.elapsed < begin),
        `The latent's L1 follows Δσ in every flow model (correlation ${said(Math.min(...follow(flows)))} or more), with Euler as with UniPC, and not in the two variance-preserving ones (${list(preserving)}), whose path is no straight line in σ and of which Latte's own spacing begins only at ${Math.round(begin)}, past the noisiest timesteps.`,
      ),
    ].join(" ");
  },
};
