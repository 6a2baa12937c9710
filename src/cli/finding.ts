/** One line of what the doctor found: what, how it is, and whether a sweep can do with it. */
export interface Finding {
  readonly what: string;
  readonly how: string;
  readonly good: boolean;
}
