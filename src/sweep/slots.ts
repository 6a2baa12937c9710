import type { DescribeResponse } from "../generated/l1probe/v1/probe.ts";

/**
 * Cells to ask a server for at once: those that were wanted, or else as many as fill its batch.
 *
 * @param concurrency a whole number from 1
 */
export function slotsOf({ maxBatch }: Pick<DescribeResponse, "maxBatch">, concurrency: number | undefined): number {
  // Servers that do not batch leave maxBatch out.
  return concurrency ?? Math.max(1, maxBatch);
}
