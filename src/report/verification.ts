import { mean } from "../analysis/statistics.ts";
import { type AtSteps, FORK, forks, type MeanOf, type Measured, meanOf, paired } from "../analysis/verification.ts";
import type { Pair } from "../experiment/pairs.ts";
import { caption } from "../figure/caption.ts";
import type { AxisOfPanel, Figure } from "../figure/figure.ts";
import { type Line, line, lineFigure, linePanel, linesOf, valueAxis } from "../figure/panel.ts";
import { categoricalColor, categoricalColors, dashOf, markerOf } from "../figure/style.ts";
import type { SweepRecord } from "../record/record.ts";
import type { Answer, AnswerTable } from "./answerPage.ts";

/** What a verification found, as its page needs it. */
export interface VerificationParts {
  readonly results: ReadonlyMap<string, readonly AtSteps[]>;
  readonly verdict: readonly string[];
  readonly bestShifts: ReadonlyMap<number, number>;
  readonly record: SweepRecord;
  readonly runs: number;
}

export interface AskedVerification {
  readonly name: string;
  readonly pairs: readonly Pair[];
  readonly setting: string;
  readonly sampler: string;
  readonly referenceSteps: number;
  readonly calibration: readonly { readonly prompt: string; readonly seed: number }[];
  readonly command: string;
}

const signed = ({ mean: value, half }: MeanOf, digits = 3): string => {
  const sign = value < 0 ? "−" : "+";
  return `${sign}${Math.abs(value).toFixed(digits)} ± ${Number.isFinite(half) ? half.toFixed(digits) : "–"}`;
};
const plain = ({ mean: value, half }: MeanOf, digits = 3): string =>
  `${value.toFixed(digits)} ± ${Number.isFinite(half) ? half.toFixed(digits) : "–"}`;
const share = (value: number): string => `${(100 * value).toFixed(0)} %`;

/** One table for each N: every schedule, best first, with its difference to the candidate's rival. */
function errorsTable(spec: string, { steps, candidate, rivals, best }: AtSteps): AnswerTable {
  const reference = rivals.find((one) => one.spec === best.against) ?? candidate;
  const all = [candidate, ...rivals].sort((a, b) => mean(a.errors) - mean(b.errors));
  const decoded = candidate.psnr !== null;
  const row = (of: Measured): string[] => {
    const pair = paired(of, reference);
    return [
      of === candidate ? `▸ ${of.spec}` : of.spec,
      plain(meanOf(of.errors)),
      of === reference ? "–" : signed(pair.difference),
      pair.ratio.toFixed(3),
      share(pair.wins),
      share(forks(of)),
      ...(decoded
        ? [
            of.psnr === null ? "–" : plain(meanOf(of.psnr), 2),
            pair.psnr === null || of === reference ? "–" : signed(pair.psnr, 2),
            of.ssim === null ? "–" : plain(meanOf(of.ssim)),
          ]
        : []),
    ];
  };
  return {
    title: `${steps} steps`,
    columns: [
      "schedule",
      "error",
      "− best named",
      "geo. ratio",
      "smaller in",
      "forks",
      ...(decoded ? ["PSNR dB", "− best named", "SSIM"] : []),
    ],
    rows: all.map(row),
    note: `Differences, ratios and counts are paired, against ${best.against}, which has the least mean error of the named schedules on these pairs; choosing it here favours it. ▸ ${spec}.`,
  };
}

function summary(spec: string, results: readonly AtSteps[]): AnswerTable {
  const usual = results.find(({ usual: own }) => own !== null)?.usual?.against;
  return {
    title: spec,
    columns: ["N", "error", "best named", "− best named", "geo. ratio", ...(usual === undefined ? [] : [`÷ ${usual}`])],
    rows: results.map(({ steps, candidate, best, usual: own }) => [
      String(steps),
      plain(meanOf(candidate.errors)),
      best.against,
      signed(best.difference),
      best.ratio.toFixed(3),
      ...(usual === undefined ? [] : [own === null ? "–" : own.ofMeans.toFixed(3)]),
    ]),
    note: "± is the half width of the 95 % interval. A schedule is justified where the whole interval of its difference lies below 0.",
  };
}

export function verificationAnswer(found: VerificationParts, asked: AskedVerification): Answer {
  const [first] = found.results;
  const figure = verificationFigure(first?.[0] ?? "", first?.[1] ?? [], caption(found.record));
  const shifts = [...found.bestShifts].map(([n, s]) => `${s.toFixed(1)} at ${n}`).join(", ");
  return {
    title: `${asked.name}: is the schedule justified?`,
    verdict: found.verdict,
    figure,
    tables: [...found.results].flatMap(([spec, at]) => [summary(spec, at), ...at.map((one) => errorsTable(spec, one))]),
    method: [
      `${asked.pairs.length} pairs of prompt and seed, ${asked.setting}, ${asked.sampler}; ${found.runs} runs. ${asked.calibration.length === 0 ? "No recommendation says which pairs it was measured with." : `The recommendation was measured with ${asked.calibration.length} other pairs; none of their prompts or seeds is among these.`}`,
      `Error: relative L2 of the final latents against Heun on shift:3 with ${asked.referenceSteps} steps from the same noise. PSNR and SSIM compare decoded clips. A pair forks if its error is more than ${FORK} times the median of its schedule: the trajectory ended in another clip.`,
      `The best single shift was sought on these pairs, by a parabola through the measured shifts: ${shifts}.`,
    ],
    command: asked.command,
    data: {
      verdict: found.verdict,
      pairs: asked.pairs.map(({ prompt, seed }) => ({ prompt, seed })),
      calibration: asked.calibration,
      setting: asked.setting,
      sampler: asked.sampler,
      results: Object.fromEntries(found.results),
    },
  };
}

/**
 * The mean error over N of a candidate and of every named schedule, and the paired difference to the best named one with
 * its interval.
 *
 * @param caption what ran
 */
function verificationFigure(spec: string, results: readonly AtSteps[], caption: string): Figure {
  const rivals = [...new Set(results.flatMap(({ rivals: at }) => at.map((rival) => rival.spec)))];
  const counts = results.map(({ steps }) => steps);
  const x: AxisOfPanel = {
    quantity: "steps",
    label: "N",
    unit: null,
    scale: "linear",
    domain: [0, Math.max(...counts) * 1.05],
  };
  const errors: Line[] = [
    [0, counts, results.map(({ candidate }) => mean(candidate.errors))],
    ...rivals.map((rival, i): Line => {
      const at = results.map((one) => one.rivals.find((of) => of.spec === rival));
      return [i + 1, counts, at.map((found) => (found === undefined ? null : mean(found.errors)))];
    }),
  ];
  const bars = results.map(({ best }) => best.difference);
  const extremes = bars.flatMap(({ mean: value, half }) => [value - half, value + half, 0]).filter(Number.isFinite);
  const [low, high] = [Math.min(...extremes), Math.max(...extremes)];
  const room = (high - low || 1) * 0.08;
  const difference: AxisOfPanel = {
    quantity: "difference",
    label: "error minus best named",
    unit: null,
    scale: "linear",
    domain: [low - room, high + room],
  };
  // One series for all intervals, broken between them.
  const intervals: Line = [
    rivals.length + 1,
    counts.flatMap((n) => [n, n, n]),
    bars.flatMap(({ mean: value, half }) => [value - half, value + half, null]),
  ];
  const series = [
    line("candidate", spec, { color: "#000000", marker: "circle", dash: "solid" }),
    ...rivals.map((rival, i) => {
      // Black is the candidate's.
      const color = categoricalColor(i % (categoricalColors - 1));
      return line(rival, rival, { color, marker: markerOf(i + 1), dash: dashOf(1 + i) });
    }),
    line("interval", "95 % interval", { color: "#8a8a8a", marker: "cross", dash: "solid" }),
    line("zero", "no difference", { color: "#cc3311", marker: "circle", dash: "dotted" }),
  ];
  const row = {
    key: "error",
    title: "Error of the final latents, and the paired difference to the best named schedule",
    panels: [
      linePanel("error", x, valueAxis("error", "relative L2", null, linesOf(errors)), errors),
      linePanel("difference", x, difference, [
        [0, counts, bars.map(({ mean: value }) => value)],
        intervals,
        [rivals.length + 2, x.domain, [0, 0]],
      ]),
    ],
  };
  return lineFigure(`${spec} on held-out pairs`, [row], series, caption);
}
