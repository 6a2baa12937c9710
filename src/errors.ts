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

/**
 * Writes what a terminal would obey or hide (control and format characters, U+2028, U+2029, lone surrogates) as
 * escapes such as `\u001b`; line feeds stay.
 */
export function printable(text: string): string {
  return text.replace(/[^\P{C}\n]|[\u2028\u2029]/gu, (unit) => {
    const code = unit.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/**
 * The one error that l1probe throws. Its message is a sentence: what, which value, what is allowed. Values come from
 * files and the network, so the message is made {@link printable}.
 */
export class ProbeError extends Error {
  override readonly name = "ProbeError";
  readonly kind: ErrorKind;
  /** The path of the fault in the input, for example `grid.steps[1]`. */
  readonly path: string | undefined;

  constructor(kind: ErrorKind, message: string, options?: { path?: string; cause?: unknown }) {
    super(printable(message), options?.cause === undefined ? undefined : { cause: options.cause });
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
