import type { ErrorKind } from "../errors.ts";

/** What the process answers with; scripts depend on it. */
export const EXIT = { done: 0, someFailed: 1, badInput: 2, unreachable: 3, interrupted: 130 } as const;

/** The exit code of an error that ended a command. */
export const EXIT_OF: Readonly<Record<ErrorKind, number>> = {
  input: EXIT.badInput,
  unreachable: EXIT.unreachable,
  interrupted: EXIT.interrupted,
  failed: EXIT.someFailed,
  internal: EXIT.someFailed,
};
