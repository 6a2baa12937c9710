import { claim, type Observation, rises, said, span, spread } from "../observation.ts";

export const resolution: Observation = {
  name: "resolution",
  title: "Resolution",
  figures: ["curves"],
  shows({ all }, of) {
    const maxima = all.map(({ cond }) => cond.maximum.value);
    const early = all.map(({ cfg }) => cfg.maximum);
    const seeds = of("noise")?.all.map(({ cfg }) => cfg.maximum.value) ?? [];
    const beside =
      seeds.length === 0 ? "" : ` (one seed each; [seeds](#initial-noise) at 64 pixels give ${span(seeds)})`;
    return [
      claim(
        rises(early.map(({ value }) => value)) && early.every(({ fraction }) => fraction < 0.3),
        `On the bundled model the early peak of cfg grows with the resolution, ${early.map(({ value }) => said(value)).join(", ")} at 64, 80 and 96 pixels${beside}: the same direction as SD3's rule, which gives larger pictures smaller first steps.`,
      ),
      claim(
        !rises(maxima) && spread(maxima) < 0.3,
        `Cond's maximum does not follow the resolution (${maxima.map(said).join(", ")}), and the latent's hardly changes (${span(all.map(({ latent }) => latent.maximum.value))}).`,
      ),
    ].join(" ");
  },
};
