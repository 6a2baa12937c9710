import { claim, type Observation, said } from "../observation.ts";

export const customSigmas: Observation = {
  name: "custom-sigmas",
  title: "Your own sigmas",
  figures: ["curves"],
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
        `On the bundled model neither handwritten list has a smaller cond maximum than shift 7 at 10 steps: the list whose steps keep growing reaches ${said(condFaster ?? 0)}, the list whose steps shrink again at the end ${said(condSlower ?? 0)}, shift 7 ${said(cond7 ?? 0)}.`,
      ),
      claim(
        (latentSlower ?? 0) < (latentFaster ?? 0) && (latentFaster ?? 0) < (latent7 ?? 0),
        `The latent's largest step has the reverse order: ${said(latentSlower ?? 0)} for the list that slows down, ${said(latentFaster ?? 0)} for the other list, ${said(latent7 ?? 0)} for shift 7.`,
      ),
    ].join(" ");
  },
};
