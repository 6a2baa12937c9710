import type { Progress } from "../sweep/progress.ts";

/** Milliseconds between two drawings on a terminal, and two lines elsewhere. */
const REDRAW = 100;
const LINE_EVERY = 10_000;

const WIDTH = 20;
/** For a terminal of unknown width. */
const WIDEST = 80;
const CLEAR_LINE = "\r\u001b[K";

/** Seconds for people: `8 s`, `3:05`, `1:02:03`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number) => String(value % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}:${two(whole)}` : `${Math.floor(minutes / 60)}:${two(minutes)}:${two(whole)}`;
}

/** A sweep's progress in one line. */
export function progressText({ cells, cellsDone, cellsFailed, steps, stepsDone, rate, secondsLeft }: Progress): string {
  const failed = cellsFailed === 0 ? "" : ` (${cellsFailed} failed)`;
  const speed = rate === null ? "" : ` · ${rate.toPrecision(3)} steps/s`;
  const left = secondsLeft === null || stepsDone === steps ? "" : ` · ${duration(secondsLeft)} left`;
  return `cells ${cellsDone}/${cells}${failed} · steps ${stepsDone}/${steps}${speed}${left}`;
}

/** A progress line on standard error, with notes above it. */
export interface ProgressLine {
  update(progress: Progress): void;
  /** Shows what the sweep is waiting for before its first step. */
  status(text: string): void;
  note(sentence: string): void;
  /** Draws the last state and ends the line. */
  end(): void;
}

/** @param quiet show notes only */
export function progressLine(stream: NodeJS.WriteStream, quiet: boolean): ProgressLine {
  const terminal = stream.isTTY === true;
  let latest: Progress | undefined;
  let drawn: string | undefined;
  let next = 0;
  const draw = (text: string) => {
    if (quiet || text === drawn) return;
    drawn = text;
    stream.write(terminal ? `${CLEAR_LINE}${text.slice(0, (stream.columns || WIDEST) - 1)}` : `${text}\n`);
  };
  const drawLatest = () => {
    if (latest === undefined) return;
    const filled = Math.round((WIDTH * latest.stepsDone) / Math.max(1, latest.steps));
    const bar = terminal ? `${"━".repeat(filled)}${"╌".repeat(WIDTH - filled)} ` : "";
    draw(`${bar}${progressText(latest)}`);
  };
  return {
    update(progress) {
      latest = progress;
      const now = performance.now();
      if (now < next) return;
      next = now + (terminal ? REDRAW : LINE_EVERY);
      drawLatest();
    },
    status: (text) => draw(terminal ? `${text} …` : text),
    note(sentence) {
      stream.write(`${terminal ? CLEAR_LINE : ""}${sentence}\n`);
      const below = drawn;
      drawn = undefined;
      if (terminal && below !== undefined) draw(below);
    },
    end() {
      drawLatest();
      if (terminal && drawn !== undefined) stream.write("\n");
      drawn = undefined;
      latest = undefined;
    },
  };
}
