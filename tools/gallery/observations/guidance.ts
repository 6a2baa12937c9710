import { claim, type Observation, percent, rises, said, span } from "../observation.ts";

const scales = [1, 1.5, 3, 6];

export const guidance: Observation = {
  name: "guidance",
  title: "Guidance: embedded, true, both",
  figures: ["curves"],
  shows({ all, at }) {
    const of = (guidance_scale: number) => scales.map((true_cfg_scale) => at({ guidance_scale, true_cfg_scale }));
    const [plain, embedded] = [of(1), of(6)];
    const moved = plain.flatMap((cell, i) =>
      (["cond", "cfg", "latent"] as const).map((metric) =>
        Math.abs((embedded[i]?.[metric].maximum.value ?? 0) / cell[metric].maximum.value - 1),
      ),
    );
    const [conds, cfgs] = (["cond", "cfg"] as const).map((metric) => plain.map((cell) => cell[metric].maximum.value));
    const ends = (values: readonly number[] = []) => `from ${said(values[0] ?? 0)} to ${said(values.at(-1) ?? 0)}`;
    return [
      claim(
        rises(conds ?? []) && rises(cfgs ?? []),
        `On the bundled model true CFG makes both predictions change more: from scale 1 to 6 cfg's maximum grows ${ends(cfgs)} and cond's ${ends(conds)}, while the latent's stays within ${span(all.map(({ latent }) => latent.maximum.value))}.`,
      ),
      claim(
        Math.max(...moved) < 0.01,
        `The embedded guidance, 6 instead of 1, alone or with true CFG, changes no maximum by more than ${percent(Math.max(...moved))}, so solid and dashed lines coincide: this model was trained with random values of it, whereas HunyuanVideo was distilled on it.`,
      ),
    ].join(" ");
  },
};
