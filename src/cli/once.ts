import { ProbeError } from "../errors.ts";

/** For options that have one value: refuses a second one, of which yargs would make a list. */
export function once(...names: readonly string[]): (typed: Readonly<Record<string, unknown>>) => true {
  return (typed) => {
    const twice = names.find((name) => Array.isArray(typed[name]));
    if (twice !== undefined)
      throw new ProbeError("input", `--${twice} is given more than once; give it once.`, { path: twice });
    return true;
  };
}
