import { claim, endsHighest, falls, type Observation, percent, rises, said, span, spread } from "../observation.ts";

export const frames: Observation = {
  name: "frames",
  title: "Number of frames",
  figures: ["curves"],
  shows({ all, at }, of) {
    const maxima = all.map(({ cond }) => cond.maximum.value);
    const [one, long] = [at({ frames: 1 }).cond.maximum.value, at({ frames: 33 }).cond.maximum.value];
    const seeds = of("noise")?.all.map(({ cond }) => cond.maximum.value) ?? [];
    return [
      claim(
        all.every(({ cond }) => endsHighest(cond)) && !falls(maxima) && !rises(maxima),
        `On the bundled model clips of 1 to 33 frames have curves of the same shape, with cond largest in the last step. Its maximum (${span(maxima)}) does not follow the number of frames: ${said(one)} for one frame, ${said(long)} for 33.`,
      ),
      claim(
        seeds.length === 0 || spread(maxima) < spread(seeds),
        `The article saw a dependence; here the extremes differ by ${percent(spread(maxima))}${seeds.length === 0 ? "" : `, less than the ${percent(spread(seeds))} between [seeds](#initial-noise)`}.`,
      ),
    ].join(" ");
  },
};
