/**
 * Gives every item to one of `concurrency` workers, in order; the first error stops them all and is thrown.
 *
 * @param run gets a signal that aborts when `signal` does or another item threw
 * @returns whether `signal` stopped them
 */
export async function runAll<Item>(
  items: readonly Item[],
  concurrency: number,
  signal: AbortSignal | undefined,
  run: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const fatal = new AbortController();
  const stop = signal === undefined ? fatal.signal : AbortSignal.any([signal, fatal.signal]);
  const pending = items.values();
  let first: unknown;
  const work = async () => {
    for (const item of pending) {
      if (stop.aborted) return;
      await run(item, stop);
    }
  };
  const guarded = () =>
    work().catch((thrown: unknown) => {
      first ??= thrown;
      fatal.abort();
    });
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, guarded));
  if (signal?.aborted) return true;
  if (first !== undefined) throw first;
  return false;
}
