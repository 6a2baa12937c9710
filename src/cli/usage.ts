import { didYouMean, ProbeError } from "../errors.ts";
import { readNumber } from "../schedule/parameter.ts";

/** A check for options that take one value: yargs would make a list of several. */
export function singleValue(...names: readonly string[]): (typed: Readonly<Record<string, unknown>>) => true {
  return (typed) => {
    const twice = names.find((name) => Array.isArray(typed[name]));
    if (twice !== undefined)
      throw new ProbeError("input", `--${twice} is given more than once; give it once.`, { path: twice });
    return true;
  };
}

/** One value or several of an option, as a list, for `coerce`. */
export function listOf(given: string | string[]): string[] {
  return [given].flat();
}

/**
 * Reads an option's number, for `coerce` of an option of type string: yargs' own numbers lose what was typed.
 *
 * @throws ProbeError kind input with the value as typed, if it is not one number
 */
export function numberOf(option: string): (typed: string) => number {
  return (typed) => {
    // A repeated option, which singleValue refuses.
    if (Array.isArray(typed)) return typed as unknown as number;
    const value = readNumber(typed);
    if (!Number.isNaN(value)) return value;
    throw new ProbeError("input", `--${option} is ${JSON.stringify(typed)}; it must be one number.`, { path: option });
  };
}

/** What a help text says about the command that was typed. */
interface Known {
  /** The command, or "" for l1probe itself. */
  readonly command: string;
  /** Positional arguments, as the help writes them. */
  readonly positionals: string;
  readonly options: readonly string[];
  readonly commands: readonly string[];
  /** What `--format` may be, if the command has it. */
  readonly formats: readonly string[];
}

function known(help: string): Known {
  const [, command = "", positionals = ""] = /^l1probe ([a-z]+) ?(.*)/.exec(help) ?? [];
  const options = [...help.matchAll(/--([a-z][a-z-]*)/g)].map(([, name = ""]) => name);
  const commands = [...help.matchAll(/^\s+l1probe ([a-z]+)/gm)].map(([, name = ""]) => name);
  const [, choices = ""] = /--format\b[^[]*(?:\[(?!choices)[^\]]*\][^[]*)*\[choices: ([^\]]*)\]/.exec(help) ?? [];
  const formats = [...choices.matchAll(/"([^"]*)"/g)].map(([, format = ""]) => format);
  return { command, positionals, options: [...new Set(options)], commands: [...new Set(commands)], formats };
}

function unknownWord(word: string, { command, options, commands, formats }: Known): string {
  const format = formats.find((known) => known === word || known === `${word}l`);
  if (format !== undefined) return `There is no option --${word}; use --format ${format}.`;
  if (command === "") return `There is no command ${word}${didYouMean(word, commands)}.`;
  // yargs reports an unknown option without its dashes, and an extra word as it is; only options have a near match.
  const hint = didYouMean(word, options).replace("mean ", "mean --");
  return hint === "" ? `${command} takes no ${word}.` : `There is no option --${word}${hint}.`;
}

function invalidValue(line: string): string {
  const [, name = "", given = "", choices = ""] = /Argument: (.*), Given: "?(.*?)"?, Choices: (.*)$/.exec(line) ?? [];
  const allowed = choices.replaceAll('"', "").split(", ");
  return `--${name} is ${given}${didYouMean(given, allowed)}; it must be ${allowed.join(" or ")}.`;
}

/** yargs' messages, and what we print instead. */
const SENTENCES: readonly [RegExp, (found: string, known: Known) => string][] = [
  [
    /^Unknown (?:argument|command)s?: (.*)$/,
    (words, help) =>
      words
        .split(", ")
        .map((word) => unknownWord(word, help))
        .join(" "),
  ],
  [
    /^Missing required arguments?: (.*)$/,
    (names, { command }) => `${command} needs --${names.replaceAll(", ", " and --")}.`,
  ],
  [/^Not enough arguments following: (.*)$/, (name) => `--${name} needs a value.`],
  [/^Not enough non-option arguments/, (_, { command, positionals }) => `${command} needs ${positionals}.`],
  [/^Invalid values:\n([\s\S]*)$/, (lines) => lines.trim().split("\n").map(invalidValue).join(" ")],
];

/**
 * Says what is wrong with a command line, with the nearest name if one was mistyped.
 *
 * @param message of yargs
 * @param help of the command that was typed
 */
export function explainUsage(message: string, help: string): string {
  const about = known(help);
  const see = `See l1probe ${about.command === "" ? "" : `${about.command} `}--help.`;
  for (const [pattern, say] of SENTENCES) {
    const match = pattern.exec(message);
    if (match !== null) return `${say(match[1] ?? "", about)} ${see}`;
  }
  return `${message} ${see}`;
}
