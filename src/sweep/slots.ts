import { ProbeError } from "../errors.ts";
import type { DescribeResponse } from "../generated/l1probe/v1/probe.ts";

/** @throws ProbeError kind input where it is given and no whole number from 1 */
export function checkConcurrency(concurrency: number | undefined): void {
  if (concurrency === undefined || (Number.isSafeInteger(concurrency) && concurrency >= 1)) return;
  throw new ProbeError("input", `concurrency is ${concurrency}; it must be a whole number from 1.`, {
    path: "concurrency",
  });
}

/**
 * Cells to ask a server for at once: those that were wanted, or else as many as fill its batch.
 *
 * @param concurrency as {@link checkConcurrency} lets it pass
 */
export function slotsOf({ maxBatch }: Pick<DescribeResponse, "maxBatch">, concurrency: number | undefined): number {
  // Servers that do not batch leave maxBatch out.
  return concurrency ?? Math.max(1, maxBatch);
}
