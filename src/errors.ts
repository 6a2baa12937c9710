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

/** The optimal string alignment distance: the number of insertions, deletions, replacements and swaps of neighbours. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/**
 * The known name closest to a mistyped one, ignoring case, or undefined if none is close: up to a third of the longer
 * name's letters, and always one, may differ.
 */
export function nearest(typed: string, names: Iterable<string>): string | undefined {
  let found: { name: string; edits: number } | undefined;
  for (const name of names) {
    const edits = distance(typed.toLowerCase(), name.toLowerCase());
    const allowed = Math.max(1, Math.floor(Math.max(typed.length, name.length) / 3));
    if (edits <= allowed && (found === undefined || edits < found.edits)) found = { name, edits };
  }
  return found?.name;
}

/** ` (did you mean NAME?)`, or the empty string if no known name is close. */
export function didYouMean(typed: string, names: Iterable<string>): string {
  const name = nearest(typed, names);
  return name === undefined ? "" : ` (did you mean ${name}?)`;
}
