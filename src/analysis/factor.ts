import type { Axis, Cell } from "../experiment/cell.ts";
import type { IdentifiedCell } from "../record/record.ts";

/** One value of a factor and the cells that have it. */
export interface Level {
  /** For people: `7`, `shift:7`, `64, 96`. */
  readonly text: string;
  /** What orders it, or null where the factor has no order. */
  readonly order: number | null;
  readonly cells: readonly string[];
}

/**
 * What a sweep varies: one key of the experiment, or several that vary together (as zip makes them), so that their
 * values tell the same cells apart.
 */
export interface Factor {
  readonly axes: readonly Axis[];
  /** Whether levels follow a number (steps, frames, shift, …) and so deserve sequential colours. */
  readonly ordered: boolean;
  /** Ascending where ordered, else as the experiment names them. */
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
  steps: 0,
  schedule: 0,
  frames: 0,
  height: 0,
  width: 0,
  seed: 0,
  prompt: 0,
  negative_prompt: 0,
  true_cfg_scale: 0,
  guidance_scale: 0,
  sampler: 0,
  solver_state: 0,
} satisfies Record<Axis, 0>) as Axis[];

/**
 * The factors of a sweep, in the order in which the experiment names their axes (`named`); axes that differ between
 * cells and are not named come after them.
 */
export function factors(cells: readonly IdentifiedCell[], named: readonly string[]): Factor[] {
  const varying = [...axes].sort((a, b) => place(named, a) - place(named, b)).filter((axis) => differs(cells, axis));
  const groups = new Map<string, Axis[]>();
  for (const axis of varying) {
    const key = partition(cells, axis);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [axis]);
    else group.push(axis);
  }
  return [...groups.values()].map((group) => factorOf(cells, group));
}

/** A cell's value of an axis, for people; texts of a person's own are quoted, so that the prompt "none" is not no prompt. */
export function axisText(cell: Cell, axis: Axis): string {
  const value = cell[axis];
  if (value === null) return "none";
  return axis === "prompt" || axis === "negative_prompt" ? JSON.stringify(value) : String(value);
}

/** Whether two cells differ in an axis. */
export function differs(cells: readonly IdentifiedCell[], axis: Axis): boolean {
  const first = cells[0];
  return first !== undefined && cells.some(({ cell }) => cell[axis] !== first.cell[axis]);
}

function factorOf(cells: readonly IdentifiedCell[], group: readonly Axis[]): Factor {
  const lead = group.find((axis) => ordered.has(axis)) ?? group[0];
  const byValue = new Map<string, IdentifiedCell[]>();
  for (const cell of cells) {
    const text = group.map((axis) => axisText(cell.cell, axis)).join(", ");
    const members = byValue.get(text);
    if (members === undefined) byValue.set(text, [cell]);
    else members.push(cell);
  }
  const levels = [...byValue].map(
    ([text, members]): Level => ({
      text,
      order: lead === undefined || members[0] === undefined ? null : orderOf(members[0], lead),
      cells: members.map(({ cellId }) => cellId),
    }),
  );
  const orders = levels.map((level) => level.order);
  const isOrdered = orders.every((order) => order !== null) && new Set(orders).size === orders.length;
  if (!isOrdered) return { axes: group, ordered: false, levels: levels.map((level) => ({ ...level, order: null })) };
  return { axes: group, ordered: true, levels: levels.sort((a, b) => (a.order ?? 0) - (b.order ?? 0)) };
}

/** A schedule is ordered by its flow shift where it has one: shift 1 is linear. */
function orderOf({ cell }: IdentifiedCell, axis: Axis): number | null {
  if (axis === "schedule") return cell.shift;
  const value = cell[axis];
  return ordered.has(axis) && typeof value === "number" ? value : null;
}

/** Which cells an axis tells apart, as text: equal for axes that vary together. */
function partition(cells: readonly IdentifiedCell[], axis: Axis): string {
  const numbers = new Map<unknown, number>();
  return cells
    .map(({ cell }) => {
      const value = cell[axis];
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
