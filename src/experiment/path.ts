/** Writes where a value stands, for example `grid.steps[1]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (written, step) =>
      typeof step === "number" ? `${written}[${step}]` : `${written}${written && "."}${String(step)}`,
    "",
  );
}

/** Reads what {@link formatPath} wrote. */
export function parsePath(written: string): (string | number)[] {
  return [...written.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([step, index]) =>
    index === undefined ? step : Number(index),
  );
}
