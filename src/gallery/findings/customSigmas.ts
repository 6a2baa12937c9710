import { claim, type Finding, said } from "../finding.ts";

export const customSigmas: Finding = {
  name: "custom-sigmas",
  title: "Sigmas of your own",
  figures: ["article"],
  shows({ all, at }) {
    const shift = at({ schedule: "shift:7" });
    const linear = at({ schedule: "linear" });
    const [faster, slower] = all.filter((cell) => cell !== shift && cell !== linear);
    const [cond7, condFaster, condSlower] = [shift, faster, slower].map((cell) => cell?.cond.maximum.value ?? 0);
    const [latent7, latentFaster, latentSlower] = [shift, faster, slower].map(
      (cell) => cell?.latent.maximum.value ?? 0,
    );
    return [
      claim(
        (cond7 ?? 0) < (condFaster ?? 0) && (condFaster ?? 0) < (condSlower ?? 0),
        `On the bundled model neither of the hand-made lists beats shift 7 in cond's maximum at 10 steps: the one that goes ever faster has ${said(condFaster ?? 0)}, the one that slows down again at the end ${said(condSlower ?? 0)}, shift 7 ${said(cond7 ?? 0)}.`,
      ),
      claim(
        (latentSlower ?? 0) < (latentFaster ?? 0) && (latentFaster ?? 0) < (latent7 ?? 0),
        `The order of the latent's largest step is the reverse: ${said(latentSlower ?? 0)} for the list that slows down, ${said(latentFaster ?? 0)} for the other, ${said(latent7 ?? 0)} for shift 7.`,
      ),
    ].join(" ");
  },
};
