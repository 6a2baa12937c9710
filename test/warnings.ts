import { afterAll, expect } from "vitest";

const warnings: string[] = [];
process.on("warning", ({ name, message }) => warnings.push(`${name}: ${message}`));

/** A process warning fails its test file: users would read it in the middle of the progress. */
afterAll(async () => {
  // Node emits a warning on the next tick.
  await new Promise((resolve) => setImmediate(resolve));
  expect(warnings).toEqual([]);
});
