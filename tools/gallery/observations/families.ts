import { parseSchedule } from "../../../src/schedule/index.ts";
import { claim, endsHighest, falls, type Observation, rises, said } from "../observation.ts";

function terminalSlope(schedule: unknown): number {
  return parseSchedule(String(schedule)).endSlopes?.terminal ?? Number.NaN;
}

export const families: Observation = {
  name: "families",
  title: "Kinds of shift functions",
  figures: ["curves"],
  shows({ all }) {
    const sorted = [...all].sort((a, b) => terminalSlope(a.axes.schedule) - terminalSlope(b.axes.schedule));
    const [gentle, steep] = [sorted[0], sorted.at(-1)];
    const [gentleSlope, steepSlope] = [gentle, steep].map((cell) => said(terminalSlope(cell?.axes.schedule)));
    const ends = (metric: "cond" | "latent") =>
      [gentle, steep].map((cell) => said(cell?.[metric].maximum.value ?? Number.NaN));
    const [condGentle, condSteep] = ends("cond");
    const [latentGentle, latentSteep] = ends("latent");
    return [
      claim(
        falls(sorted.map(({ cond }) => cond.maximum.value)) &&
          all.every(({ cond }) => endsHighest(cond)) &&
          gentle?.axes.schedule === "cdf:gaussian,s=7" &&
          steep?.axes.schedule === "g:7,form=normalised",
        `On the bundled model the last slope orders all eight: cond's maximum, which lies in the last step, falls from ${condGentle} (Gaussian, last slope ${gentleSlope}) to ${condSteep} (g, ${steepSlope}).`,
      ),
      claim(
        rises(sorted.map(({ latent }) => latent.maximum.value)),
        `The latent's largest step grows in the same order, from ${latentGentle} to ${latentSteep}, so a distribution trades one for the other rather than improving both.`,
      ),
    ].join(" ");
  },
};
