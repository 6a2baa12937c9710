import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { runAll } from "../../src/sweep/runCells.ts";

test("every item runs once, in order, and never more at a time than allowed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 6 }), async (count, concurrency) => {
      const items = Array.from({ length: count }, (_, index) => index);
      const began: number[] = [];
      let running = 0;
      let most = 0;
      const stopped = await runAll(items, concurrency, undefined, async (item) => {
        began.push(item);
        running += 1;
        most = Math.max(most, running);
        await sleep(item % 3);
        running -= 1;
      });
      expect(stopped).toBe(false);
      expect(began).toEqual(items);
      expect(most).toBe(Math.min(concurrency, count));
    }),
    { numRuns: 20 },
  );
});

test("the first error stops the others and is the one that is thrown", async () => {
  const began: number[] = [];
  const run = runAll([0, 1, 2, 3], 2, undefined, async (item, signal) => {
    began.push(item);
    if (item === 1) throw new Error("the first");
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("a consequence"))));
  });
  await expect(run).rejects.toThrow("the first");
  expect(began).toEqual([0, 1]);
});

test("an external stop is returned, not thrown", async () => {
  const stop = new AbortController();
  const run = runAll([0, 1], 1, stop.signal, async (_, signal) => {
    stop.abort();
    signal.throwIfAborted();
  });
  expect(await run).toBe(true);
});
