import { parseSchedule } from "../../schedule/index.ts";
import { claim, endsHighest, type Finding, said, span } from "../finding.ts";

const slow = ["shift:7", "shift:17", "linear-quadratic-smooth:threshold=0.1,a=1.57"];

/** How far σ of the article's linear-quadratic falls at once where its halves meet. */
function stepAtMiddle(): number {
  const { sigmaAt } = parseSchedule("linear-quadratic-smooth");
  return sigmaAt(25 - 1e-9, 50) - sigmaAt(25, 50);
}

export const schedules: Finding = {
  name: "schedules",
  title: "The article's first figure",
  figures: ["schedules", "article"],
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
        `On the bundled model Movie Gen's finding holds for what the solver receives under the linear schedule, where cfg moves most in its first step (${said(linear.cfg.first.value)}); cond moves most in the last step of every schedule (${span(conds)}).`,
      ),
      claim(
        Math.max(...cfgs) < linear.cfg.maximum.value / 2 &&
          least === Math.min(...conds) &&
          (shift7?.cond.maximum.value ?? 0) > least,
        `The three that begin slowly lower cfg's maximum (${span(cfgs)}), and shift 17 leaves the smallest of cond (${said(least)}).`,
      ),
      claim(
        notch > 0.002 && notch < 0.004,
        `The notch in the middle of linear-quadratic-smooth is its formula's: the halves meet in slope and miss each other by ${said(notch)}.`,
      ),
    ].join(" ");
  },
};
