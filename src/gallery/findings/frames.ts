import { claim, endsHighest, type Finding, falls, percent, rises, said, span, spread } from "../finding.ts";

export const frames: Finding = {
  name: "frames",
  title: "Number of frames",
  figures: ["article"],
  shows({ all, at }, of) {
    const maxima = all.map(({ cond }) => cond.maximum.value);
    const [one, long] = [at({ frames: 1 }).cond.maximum.value, at({ frames: 33 }).cond.maximum.value];
    const seeds = of("noise")?.all.map(({ cond }) => cond.maximum.value) ?? [];
    return [
      claim(
        all.every(({ cond }) => endsHighest(cond)) && !falls(maxima) && !rises(maxima),
        `On the bundled model clips of 1 to 33 frames have curves of one shape, cond largest in the last step, and its maximum (${span(maxima)}) is in no order of the frames: ${said(one)} for one frame, ${said(long)} for 33.`,
      ),
      claim(
        seeds.length === 0 || spread(maxima) < spread(seeds),
        `The article saw a dependence; here the extremes are ${percent(spread(maxima))} apart${seeds.length === 0 ? "" : `, less than the ${percent(spread(seeds))} between [seeds](#initial-noise)`}.`,
      ),
    ].join(" ");
  },
};
