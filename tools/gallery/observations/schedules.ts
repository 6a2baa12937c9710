import { parseSchedule } from "../../../src/schedule/index.ts";
import { claim, endsHighest, type Observation, said, span } from "../observation.ts";

const slow = ["shift:7", "shift:17", "linear-quadratic-smooth:threshold=0.1,a=1.57"];

/** The jump of σ in the middle of linear-quadratic-smooth, where its halves meet. */
function stepAtMiddle(): number {
  const { sigmaAt } = parseSchedule("linear-quadratic-smooth");
  return sigmaAt(25 - 1e-9, 50) - sigmaAt(25, 50);
}

export const schedules: Observation = {
  name: "schedules",
  title: "Schedules of the article's first figure",
  figures: ["schedules", "curves"],
  commands: [
    "npx l1probe schedule linear shift:7 shift:17 linear-quadratic-smooth --steps 50 --line .11 --plot schedules.svg",
  ],
  shows({ all, at }) {
    const linear = at({ schedule: "linear" });
    const others = slow.map((schedule) => at({ schedule }));
    const [shift7, shift17] = others;
    const conds = all.map(({ cond }) => cond.maximum.value);
    const cfgs = others.map(({ cfg }) => cfg.maximum.value);
    const least = shift17?.cond.maximum.value ?? 0;
    const notch = stepAtMiddle();
    return [
      claim(
        linear.cfg.maximum.fraction === linear.cfg.first.fraction && all.every(({ cond }) => endsHighest(cond)),
        `On the bundled model Movie Gen's finding holds for the guided prediction under the linear schedule: cfg changes most in the first step (${said(linear.cfg.first.value)}), whereas cond changes most in the last step of every schedule (${span(conds)}).`,
      ),
      claim(
        Math.max(...cfgs) < linear.cfg.maximum.value / 2 &&
          least === Math.min(...conds) &&
          (shift7?.cond.maximum.value ?? 0) > least,
        `The three schedules with small first steps lower cfg's maximum (${span(cfgs)}), and shift 17 has the smallest cond maximum (${said(least)}).`,
      ),
      claim(
        notch > 0.002 && notch < 0.004,
        `The notch in the middle of linear-quadratic-smooth comes from its formula: the two halves have the same slope there but differ by ${said(notch)} in value.`,
      ),
    ].join(" ");
  },
};
