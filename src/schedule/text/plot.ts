/** A schedule to draw: N sigmas; the terminal 0 is added. */
export interface PlottedSchedule {
  readonly label: string;
  readonly sigmas: readonly number[];
}

const MARKS = ["●", "○", "■", "□", "▲", "△", "◆", "◇"] as const;
const HEIGHT = 13;

/**
 * σ against step in characters: a mark at every step, dots between them, schedules drawn over each other in order.
 *
 * @param width characters in all; at least 30 are used
 * @returns lines without a newline at the end
 */
export function textPlot(schedules: readonly PlottedSchedule[], width: number): string {
  const left = 6;
  const columns = Math.max(30, Math.min(width, 100)) - left;
  const cells = Array.from({ length: HEIGHT }, () => Array.from({ length: columns }, () => " "));
  const put = (progress: number, sigma: number, mark: string): void => {
    const row = cells[Math.round((1 - sigma) * (HEIGHT - 1))];
    if (row !== undefined) row[Math.round(progress * (columns - 1))] = mark;
  };
  for (const { sigmas } of schedules) {
    const last = sigmas.length;
    if (2 * last >= columns) continue;
    const at = (step: number): number => sigmas[step] ?? 0;
    for (let column = 0; column < columns; column++) {
      const place = (column / (columns - 1)) * last;
      const step = Math.min(Math.floor(place), last - 1);
      put(column / (columns - 1), at(step) + (place - step) * (at(step + 1) - at(step)), "·");
    }
  }
  for (const [index, { sigmas }] of schedules.entries()) {
    const mark = MARKS[index % MARKS.length] ?? "●";
    for (const [step, sigma] of [...sigmas, 0].entries()) put(step / sigmas.length, sigma, mark);
  }
  const lines = cells.map((row, index) => {
    const sigma = 1 - index / (HEIGHT - 1);
    const label = index % 3 === 0 ? sigma.toFixed(2) : "";
    return `${label.padStart(4)} ${index % 3 === 0 ? "┤" : "│"}${row.join("").trimEnd()}`;
  });
  const most = Math.max(...schedules.map(({ sigmas }) => sigmas.length));
  const even = schedules.every(({ sigmas }) => sigmas.length === most);
  const [from, to] = even ? ["step 0", String(most)] : ["step/steps 0", "1"];
  const foot = `     └${"─".repeat(columns)}`;
  const ends = `${" ".repeat(left)}${from}${to.padStart(columns - from.length)}`;
  const legend = schedules.map(({ label }, index) => `${" ".repeat(left)}${MARKS[index % MARKS.length]} ${label}`);
  return [`σ`.padStart(4), ...lines, foot, ends, ...legend].join("\n");
}
