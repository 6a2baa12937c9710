import { type CallOptions, Metadata, type ServiceError } from "@grpc/grpc-js";
import { fromStatus } from "./status.ts";

/** Milliseconds for an answer that takes no work: Describe, Cancel, a health check. */
const PROMPT = 10_000;

/**
 * A call with one answer, as a promise with a deadline.
 *
 * @param start the generated client's method, its request already in place
 */
export function unary<Answer>(
  address: string,
  start: (
    metadata: Metadata,
    options: Partial<CallOptions>,
    done: (error: ServiceError | null, answer: Answer) => void,
  ) => unknown,
  milliseconds: number = PROMPT,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    start(new Metadata(), { deadline: Date.now() + milliseconds }, (error, answer) => {
      if (error === null) resolve(answer);
      else reject(fromStatus(error, address));
    });
  });
}
