/**
 * How forwards are shared where `slots` cells run at once, each giving one row to every forward until it ends and the
 * next takes its place. Real servers come close to it, as cells that run at once wait for each other.
 *
 * @param lengths forwards of each cell, in the order in which they begin
 * @returns rows of a forward → how many forwards have that many
 */
export function batches(lengths: readonly number[], slots: number): Map<number, number> {
  const forwards = new Map<number, number>();
  const waiting = lengths.filter((length) => length > 0).values();
  let running: number[] = [];
  for (;;) {
    while (running.length < slots) {
      const next = waiting.next();
      if (next.done) break;
      running.push(next.value);
    }
    if (running.length === 0) return forwards;
    const together = Math.min(...running);
    forwards.set(running.length, (forwards.get(running.length) ?? 0) + together);
    running = running.map((left) => left - together).filter((left) => left > 0);
  }
}
