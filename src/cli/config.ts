import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parse, TomlError } from "smol-toml";
import { z } from "zod";
import { decodeText } from "../decodeText.ts";
import { ProbeError } from "../errors.ts";

const CONFIG = "l1probe.toml";

const host = z.strictObject({
  address: z.string({ error: "HOST:PORT" }),
  token_file: z.string({ error: "the path of a file" }).optional(),
  profile: z.string({ error: "the name of a profile" }).optional(),
});

const schema = z.strictObject({
  server: z.string({ error: "the name of a host, or HOST:PORT" }).optional(),
  hosts: z.record(z.string(), host).default({}),
});

/** A configuration file: named hosts, and the one that sweeps use by default. */
export interface Config extends z.output<typeof schema> {
  /** Its path; null if there is none. */
  readonly file: string | null;
}

/** l1probe.toml of the current folder or of one above it, as far as the project's root; else the user's. */
function findConfig(from: string, environment: NodeJS.ProcessEnv): string | null {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, CONFIG))) return join(folder, CONFIG);
    if (existsSync(join(folder, ".git")) || dirname(folder) === folder) break;
  }
  const own = join(environment.XDG_CONFIG_HOME || join(homedir(), ".config"), "l1probe", CONFIG);
  return existsSync(own) ? own : null;
}

/** @throws ProbeError kind input with the file, and the line or the key at fault */
function readConfig(file: string): Config {
  const text = decodeText(readFileSync(file), file);
  let value: unknown;
  try {
    value = parse(text);
  } catch (thrown) {
    if (!(thrown instanceof TomlError)) throw thrown;
    const [why = "it is not TOML"] = thrown.message.split("\n");
    throw new ProbeError("input", `${file}:${thrown.line}:${thrown.column}: ${why}.`, {
      path: "config",
      cause: thrown,
    });
  }
  const found = schema.safeParse(value);
  if (found.success) return { ...found.data, file };
  const faults = found.error.issues.map((issue) => {
    const at = issue.path.join(".");
    if (issue.code !== "unrecognized_keys") return `${file}: ${at} must be ${issue.message}.`;
    const known = issue.path.length === 0 ? "server and [hosts.NAME]" : "address, token_file and profile";
    return `${file}: ${[...issue.path, issue.keys[0]].join(".")} is not a known key; there are ${known}.`;
  });
  throw new ProbeError("input", faults.join("\n"), { path: "config" });
}

/** A server that is to be used. */
export interface NamedServer {
  /** `HOST:PORT` */
  readonly address: string;
  /** The content of the host's token file. */
  readonly token?: string;
  /** The profile that the host has by default. */
  readonly profile?: string;
}

/** The servers of a command line. */
export interface ServerChoice {
  /** If empty, a server is started on this machine. */
  readonly servers: readonly NamedServer[];
  /** Whether the environment or a file named them, not the command line. */
  readonly implied: boolean;
}

function tokenOf(file: string, name: string, base: string): string {
  const path = resolve(base, file.replace(/^~(?=\/)/, homedir()));
  try {
    const token = readFileSync(path, "utf8").trim();
    if (token !== "") return token;
    throw new ProbeError("input", `The token file ${path} of the host ${name} is empty.`, { path: "config" });
  } catch (thrown) {
    if (thrown instanceof ProbeError) throw thrown;
    throw new ProbeError("input", `The token file ${path} of the host ${name} cannot be read; write the token there.`, {
      path: "config",
      cause: thrown,
    });
  }
}

/** The word that means a server started on this machine, where the environment or a file names another. */
const LOCAL = "local";

/** @param name a host's name, or HOST:PORT */
function named(name: string, { hosts, file }: Config): NamedServer {
  const found = Object.hasOwn(hosts, name) ? hosts[name] : undefined;
  if (found === undefined) {
    const names = Object.keys(hosts);
    if (name.includes(":") || names.length === 0) return { address: name };
    throw new ProbeError(
      "input",
      `The server is ${name}; it must be HOST:PORT, ${LOCAL}, or a host of ${file}: ${names.join(", ")}.`,
      { path: "server" },
    );
  }
  const { address, token_file, profile } = found;
  const token = token_file === undefined ? undefined : tokenOf(token_file, name, dirname(file ?? "."));
  return { address, ...(token === undefined ? {} : { token }), ...(profile === undefined ? {} : { profile }) };
}

/**
 * The servers that a command uses: those of `--server`, else of $L1PROBE_SERVER, else the default of l1probe.toml; none
 * if a model or a LoRA is named, since a server has its own.
 *
 * @throws ProbeError kind input if a name is unknown, or a file cannot be read
 */
export function chooseServers(
  typed: {
    readonly server?: readonly string[] | undefined;
    readonly model?: string | undefined;
    readonly lora?: readonly string[] | undefined;
  },
  environment: NodeJS.ProcessEnv = process.env,
  from: string = process.cwd(),
): ServerChoice {
  const file = findConfig(from, environment);
  const config: Config = file === null ? { hosts: {}, file } : readConfig(file);
  const resolved = (names: readonly string[]) =>
    names.filter((name) => name !== LOCAL).map((name) => named(name, config));
  if (typed.server !== undefined) return { servers: resolved(typed.server), implied: false };
  if (typed.model !== undefined || (typed.lora ?? []).length > 0) return { servers: [], implied: true };
  const variable = environment.L1PROBE_SERVER?.split(/[\s,]+/).filter(Boolean) ?? [];
  if (variable.length > 0) return { servers: resolved(variable), implied: true };
  return { servers: config.server === undefined ? [] : resolved([config.server]), implied: true };
}
