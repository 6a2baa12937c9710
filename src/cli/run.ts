import type { CommandModule } from "yargs";
import type { Source } from "../experiment/source.ts";
import type { DescribeResponse } from "../generated/l1probe/v1/probe.ts";
import type { ServerChoice } from "./config.ts";
import { say } from "./process.ts";
import type { ProgressLine } from "./progressLine.ts";
import { SINGLE, type SweepArguments, withSweepOptions } from "./sweepOptions.ts";
import { type SweepRun, sweepAndReport } from "./sweepThrough.ts";
import { numberOf, singleValue } from "./usage.ts";

interface Arguments extends SweepArguments {
  readonly prompt: string;
  readonly schedule?: string | undefined;
  readonly steps?: number | undefined;
  readonly vs: readonly string[];
}

interface Opened {
  readonly choice: ServerChoice;
  readonly description: DescribeResponse;
  close(): Promise<void>;
}

/** A server to ask and to run on: a named one, or one that is started on this machine once for both. */
async function open(typed: Arguments, signal: AbortSignal, line: ProgressLine): Promise<Opened> {
  const [{ chooseServers }, { openServers }] = await Promise.all([
    import("./config.ts"),
    import("../client/servers.ts"),
  ]);
  const { servers, implied } = chooseServers(typed);
  const [first] = servers;
  const addresses = servers.map(({ address }) => address);
  const open = await openServers({
    servers: addresses,
    model: typed.model,
    loras: typed.lora,
    signal,
    status: line.status,
  });
  const { client, description, close } = await open.open(null);
  const started = { servers: [{ address: client.address }], implied: false };
  return {
    choice: first === undefined ? started : { servers, implied },
    description,
    async close() {
      await close();
      await open.close();
    },
  };
}

/** The probe as an experiment; what the server advised is printed. */
async function sourceOf(typed: Arguments, { description }: Opened): Promise<Source> {
  const [{ probeExperiment }, { override }] = await Promise.all([
    import("../experiment/source.ts"),
    import("../experiment/override.ts"),
  ]);
  const own = typed.schedule ?? description.defaultSchedule;
  const schedules = [...new Set([...(own === "" ? [] : [own]), ...typed.vs])];
  const set = new Set(
    typed.set.map(
      (text) =>
        text
          .split("=")[0]
          ?.trim()
          .replace(/^base\./, "") ?? "",
    ),
  );
  const { prompt, steps } = typed;
  return override(probeExperiment({ prompt, schedules, steps }, description.advice, set), typed.set, undefined);
}

/** The folder of a probe: that of the same one, or the next that is free. */
async function folderFor(name: string, expansion: import("../experiment/expand.ts").Expansion): Promise<string> {
  const [{ cellChanges, cellsIn }, { readManifest }] = await Promise.all([
    import("../record/differences.ts"),
    import("../record/manifest.ts"),
  ]);
  for (let i = 1; ; i += 1) {
    const directory = `runs/${name}${i === 1 ? "" : `-${i}`}`;
    const manifest = await readManifest(directory);
    if (manifest === null || cellChanges(cellsIn(manifest), expansion).words.length === 0) return directory;
  }
}

async function prepare(typed: Arguments, opened: Opened): Promise<SweepRun> {
  const [{ expandSource }, { portsIn }] = await Promise.all([
    import("../experiment/source.ts"),
    import("./experimentFile.ts"),
  ]);
  const source = await sourceOf(typed, opened);
  const ports = portsIn(".");
  const expansion = expandSource(source, { ports });
  const [cell] = expansion.cells;
  if (cell !== undefined) {
    const { height, width, frames, steps, guidance_scale, true_cfg_scale, seed } = cell;
    const size = frames === 1 ? `${height}×${width}` : `${frames} frames of ${height}×${width}`;
    const guidance = `guidance_scale ${guidance_scale}, true_cfg_scale ${true_cfg_scale}`;
    say(`${size}, ${steps} steps, ${guidance}, seed ${seed}; --set KEY=VALUE changes them`);
  }
  const directory = typed.out ?? (await folderFor(expansion.name, expansion));
  return { source, ports, folder: ".", profile: undefined, directory, choice: opened.choice };
}

async function run(typed: Arguments): Promise<void> {
  await sweepAndReport(typed, async (signal, line) => {
    const opened = await open(typed, signal, line);
    try {
      return { ...(await prepare(typed, opened)), close: opened.close };
    } catch (thrown) {
      await opened.close();
      throw thrown;
    }
  });
}

/** `l1probe run PROMPT`: a probe without a file. */
export const runProbe: CommandModule<object, Arguments> = {
  command: "run <prompt>",
  describe: "probe one prompt without a file: run it with one schedule or several, and draw the curves",
  builder: (yargs) =>
    withSweepOptions(
      yargs
        .positional("prompt", { type: "string", demandOption: true, describe: "what to generate" })
        .option("schedule", {
          type: "string",
          requiresArg: true,
          describe: "the schedule, like shift:7; by default the model's own",
        })
        .option("steps", {
          type: "string",
          requiresArg: true,
          coerce: numberOf("steps"),
          describe: "number of steps N; by default what the server advises, like size, frames and guidance",
        })
        .option("vs", {
          type: "string",
          array: true,
          nargs: 1,
          requiresArg: true,
          default: [] as string[],
          describe: "another schedule to compare with; repeat it for more",
        }),
    )
      .check(singleValue(...SINGLE, "schedule", "steps"))
      .example('$0 run "a red circle moving right" --schedule shift:7 --steps 20', "one probe on the bundled model")
      .example('$0 run "a red circle moving right" --schedule shift:7 --vs linear --steps 20', "two schedules")
      .example('$0 run "a cat" --steps 30 --set seed=[0,1,2] --server gpu-host:50151', "three seeds on a GPU host"),
  handler: run,
};
