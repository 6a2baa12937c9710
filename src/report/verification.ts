import { mean } from "../analysis/random.ts";
import { type AtSteps, FORK, forks, type MeanOf, type Measured, meanOf, paired } from "../analysis/verification.ts";
import type { Pair } from "../experiment/pairs.ts";
import { caption } from "../figure/caption.ts";
import { verificationFigure } from "../figure/verification.ts";
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
