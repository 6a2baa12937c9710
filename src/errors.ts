/** Kinds of errors that a caller can act on. The CLI maps each to an exit code. */
export type ErrorKind =
  /** Bad usage or bad input: nothing was run. */
  | "input"
  /** No server answers at the address, or it went away. */
  | "unreachable"
  /** The server accepted a cell and could not finish it. */
  | "failed"
  /** The user or the caller stopped it. */
  | "interrupted"
  /** A bug in l1probe. */
  | "internal";

/** The one error that l1probe throws. Its message is a sentence: what, which value, what is allowed. */
export class ProbeError extends Error {
  override readonly name = "ProbeError";
  readonly kind: ErrorKind;
  /** The path of the fault in the input, for example `grid.steps[1]`. */
  readonly path: string | undefined;

  constructor(kind: ErrorKind, message: string, options?: { path?: string; cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.path = options?.path;
  }

  /** Converts anything thrown: a ProbeError stays itself, everything else becomes an internal one. */
  static from(thrown: unknown): ProbeError {
    if (thrown instanceof ProbeError) return thrown;
    if (thrown instanceof Error) return new ProbeError("internal", thrown.message, { cause: thrown });
    return new ProbeError("internal", String(thrown), { cause: thrown });
  }
}
