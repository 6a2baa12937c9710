import type { Difference, PairSums, Signal, Step, Sums } from "../generated/l1probe/v1/probe.ts";

/** A message of sums whose counts may be doubles, which are exact up to 2^53. */
export type Counted<Message> = {
  readonly [Field in keyof Message]: Message[Field] extends bigint ? bigint | number : Message[Field];
};

/** A message of sums, all in doubles. */
export type Doubles<Message> = { readonly [Field in keyof Message]: number };

/**
 * One evaluation of the model and the solver's answer to it, as a record holds it: all that the wire's Step tells but the
 * sums by latent frame, which `readSteps` gives of one cell.
 */
export interface Evaluation extends Readonly<Omit<Step, "signals" | "differences">> {
  /** Sums over a signal's whole tensor; undefined where the step has none. */
  sums(signal: Signal): Doubles<Sums> | undefined;
  /** Sums over a difference's whole tensors; undefined where the step has none, as the first of predictions. */
  pairs(difference: Difference): Doubles<PairSums> | undefined;
}
