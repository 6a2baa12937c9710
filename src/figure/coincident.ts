import type { PanelRow, Series, Trace } from "./figure.ts";

/** More curves than this are not compared: a note could not name them. */
const mostCompared = 40;
/** Curves that differ by less than this share of the larger value look like one. */
const tolerances = [1e-6, 1e-5, 1e-4, 1e-3] as const;

/** Sentences that name curves which lie on each other: `euler, dpm++2m and unipc agree within 1e-3 in cond.` */
export function coincidenceNotes(rows: readonly PanelRow[], series: readonly Series[]): string[] {
  if (series.length < 2 || series.length > mostCompared) return [];
  const byText = new Map<string, string[]>();
  for (const { key, panels } of rows) {
    const [first] = panels;
    for (const group of coincident(first?.traces ?? [])) {
      const names = listed(group.members.map((trace) => series[trace.series]?.label ?? ""));
      const text = `${names} agree within ${group.within.toExponential()}`;
      byText.set(text, [...(byText.get(text) ?? []), key]);
    }
  }
  return [...byText].map(([text, keys]) => `${text} in ${listed(keys)}.`);
}

interface Coincidence {
  readonly members: readonly Trace[];
  /** The largest relative difference within the group is at most this. */
  readonly within: number;
}

/** Groups of traces each of which agrees with the group's first. */
function coincident(traces: readonly Trace[]): Coincidence[] {
  const left = traces.filter(({ y }) => y.some((value) => value !== null));
  const found: Coincidence[] = [];
  while (left.length > 1) {
    const first = left.shift();
    if (first === undefined) break;
    const members = [first];
    let farthest = 0;
    for (let i = 0; i < left.length; ) {
      const other = left[i];
      const distance = other === undefined ? Number.POSITIVE_INFINITY : difference(first, other);
      if (other !== undefined && distance <= (tolerances.at(-1) ?? 0)) {
        members.push(other);
        farthest = Math.max(farthest, distance);
        left.splice(i, 1);
      } else i += 1;
    }
    const within = tolerances.find((tolerance) => farthest <= tolerance);
    if (members.length > 1 && within !== undefined) found.push({ members, within });
  }
  return found;
}

/** The largest difference of two curves at the same steps, relative to the larger value there; infinite if steps differ. */
function difference(a: Trace, b: Trace): number {
  if (a.x.length !== b.x.length || a.x.some((x, i) => x !== b.x[i])) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (const [i, value] of a.y.entries()) {
    const other = b.y[i] ?? null;
    if ((value === null) !== (other === null)) return Number.POSITIVE_INFINITY;
    if (value === null || other === null || value === other) continue;
    most = Math.max(most, Math.abs(value - other) / Math.max(Math.abs(value), Math.abs(other)));
  }
  return most;
}

function listed(words: readonly string[]): string {
  return words.length <= 1 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
