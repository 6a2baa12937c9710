import { type Axis, axisValue, type Cell, scheduleText } from "../experiment/cell.ts";
import type { IdentifiedCell } from "../record/record.ts";

/** One value of a factor and the cells that have it. */
export interface Level {
  /** For display: `7`, `shift:7`, `64, 96`. */
  readonly text: string;
  /** The number to sort by, or null if the factor has no order. */
  readonly order: number | null;
  readonly cells: readonly string[];
}

/**
 * What a sweep varies: one key of the experiment, or several that vary together, as those of a zip do. A key that has a
 * single value per model belongs to the model's factor, which is labelled with the model's name only.
 */
export interface Factor {
  readonly axes: readonly Axis[];
  /** Whether the levels have a numeric order (steps, frames, shift, …) and so get sequential colours. */
  readonly ordered: boolean;
  /** Ascending if ordered, otherwise in the experiment's order. */
  readonly levels: readonly Level[];
}

const ordered: ReadonlySet<Axis> = new Set([
  "steps",
  "frames",
  "height",
  "width",
  "guidance_scale",
  "true_cfg_scale",
] satisfies Axis[]);

const axes: readonly Axis[] = Object.keys({
  model: 0,
  steps: 0,
  schedule: 0,
  frames: 0,
  height: 0,
  width: 0,
  seed: 0,
  prompt: 0,
  negative_prompt: 0,
  image: 0,
  init: 0,
  true_cfg_scale: 0,
  guidance_scale: 0,
  sampler: 0,
  solver_state: 0,
} satisfies Record<Axis, 0>) as Axis[];

/**
 * The factors of a sweep, in the order in which the experiment names their axes (`named`). Other axes on which cells
 * differ follow.
 */
export function factors(cells: readonly IdentifiedCell[], named: readonly string[]): Factor[] {
  const varying = [...axes].sort((a, b) => place(named, a) - place(named, b)).filter((axis) => differs(cells, axis));
  const groups = new Map<string, Axis[]>();
  for (const axis of varying) {
    const key = partition(cells, goesWithModel(cells, axis) ? "model" : axis);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [axis]);
    else group.push(axis);
  }
  return [...groups.values()].map((group) => factorOf(cells, group));
}

/**
 * The cells' values of an axis, for display. Prompts are quoted, so that the prompt "none" differs from no prompt. Models
 * are shortened to what follows their last slash if the short names are unique.
 */
export function axisTexts(cells: readonly IdentifiedCell[], axis: Axis): string[] {
  const texts = cells.map(({ cell }) => {
    if (axis === "schedule") return scheduleText(cell);
    const value = axisValue(cell, axis);
    if (value === null) return "none";
    return axis === "prompt" || axis === "negative_prompt" ? JSON.stringify(value) : String(value);
  });
  if (axis !== "model") return texts;
  const names = texts.map((text) => text.replace(/\/+$/, "").split("/").at(-1) ?? text);
  return new Set(names).size === new Set(texts).size ? names : texts;
}

/** Whether models are swept and each has a single value on an axis, as when a zip gives every model its own size. */
export function goesWithModel(cells: readonly IdentifiedCell[], axis: Axis): boolean {
  if (!differs(cells, "model")) return false;
  const values = new Map<unknown, unknown>();
  return cells.every(({ cell }) => {
    const value = axisValue(cell, axis);
    if (!values.has(cell.model)) values.set(cell.model, value);
    return values.get(cell.model) === value;
  });
}

/** Whether two cells differ in an axis. */
export function differs(cells: readonly IdentifiedCell[], axis: Axis): boolean {
  const first = cells[0];
  return first !== undefined && cells.some(({ cell }) => axisValue(cell, axis) !== axisValue(first.cell, axis));
}

function factorOf(cells: readonly IdentifiedCell[], group: readonly Axis[]): Factor {
  const named = group.includes("model") ? (["model"] as const) : group;
  const lead = named.find((axis) => ordered.has(axis)) ?? named[0];
  const texts = named.map((axis) => axisTexts(cells, axis));
  const byValue = new Map<string, IdentifiedCell[]>();
  for (const [i, cell] of cells.entries()) {
    const text = texts.map((of) => of[i]).join(", ");
    const members = byValue.get(text);
    if (members === undefined) byValue.set(text, [cell]);
    else members.push(cell);
  }
  const firsts = [...byValue.values()].flatMap(([first]) => (first === undefined ? [] : [first.cell]));
  const orders = lead === undefined ? firsts.map(() => null) : ordersOf(firsts, lead);
  const levels = [...byValue].map(
    ([text, members], i): Level => ({ text, order: orders[i] ?? null, cells: members.map(({ cellId }) => cellId) }),
  );
  const isOrdered = orders.every((order) => order !== null) && new Set(orders).size === orders.length;
  if (!isOrdered) return { axes: group, ordered: false, levels: levels.map((level) => ({ ...level, order: null })) };
  return { axes: group, ordered: true, levels: levels.sort((a, b) => (a.order ?? 0) - (b.order ?? 0)) };
}

/** The number to sort each cell's value by; all null if the axis has no order. */
function ordersOf(cells: readonly Cell[], axis: Axis): (number | null)[] {
  if (axis === "schedule") return scheduleOrders(cells);
  return cells.map(({ [axis]: value }) => (ordered.has(axis) && typeof value === "number" ? value : null));
}

/**
 * Schedules are ordered by flow shift if each has one (shift 1 is linear). Otherwise they are ordered by the only number
 * in which their specs differ: `cdf:softsign,s=7,terminal=5` by 5 if only the terminal varies.
 */
function scheduleOrders(cells: readonly Cell[]): (number | null)[] {
  const shifts = cells.map(({ shift }) => shift);
  if (!shifts.includes(null)) return shifts;
  // Words at even indices, numbers at odd ones.
  const forms = cells.map(({ schedule }) => schedule.split(/((?:\d+\.?\d*|\.\d+)(?:e-?\d+)?)/));
  const [first = []] = forms;
  const differing = first.map((_, k) => k).filter((k) => forms.some((form) => form[k] !== first[k]));
  const [only, ...others] = differing;
  const comparable = forms.every((form) => form.length === first.length) && others.length === 0;
  if (!comparable || only === undefined || only % 2 === 0) return shifts.map(() => null);
  return forms.map((form) => Number(form[only]));
}

/** The partition of the cells by an axis, as text; equal for axes that vary together. */
function partition(cells: readonly IdentifiedCell[], axis: Axis): string {
  const numbers = new Map<unknown, number>();
  return cells
    .map(({ cell }) => {
      const value = axisValue(cell, axis);
      const number = numbers.get(value) ?? numbers.size;
      numbers.set(value, number);
      return number;
    })
    .join(",");
}

function place(named: readonly string[], axis: Axis): number {
  const at = named.indexOf(axis);
  return at === -1 ? named.length : at;
}
