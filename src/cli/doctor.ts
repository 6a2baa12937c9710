import type { CommandModule } from "yargs";
import { EXIT } from "./exit.ts";
import { once } from "./once.ts";
import { say, write } from "./output.ts";

interface Arguments {
  readonly server?: string | undefined;
}

/** One line of the findings: what, how it is, and whether a sweep can do with it. */
interface Finding {
  readonly what: string;
  readonly how: string;
  readonly good: boolean;
}

const PYTHON_PACKAGES = [
  "torch",
  "diffusers",
  "transformers",
  "grpcio",
  "grpcio-health-checking",
  "protobuf",
  "safetensors",
];

const ASK_PYTHON = `
import importlib.metadata as m, importlib.util as u, json, platform, sys
def version(name):
    try: return m.version(name)
    except m.PackageNotFoundError: return None
print(json.dumps({"python": platform.python_version(), "server": u.find_spec("l1probe_server") is not None,
    "contract": u.find_spec("l1probe") is not None, "packages": {n: version(n) for n in sys.argv[1:]}}))
`;

async function pythonFindings(): Promise<Finding[]> {
  const [{ execa }, { z }, { python, pythonEnvironment }] = await Promise.all([
    import("execa"),
    import("zod"),
    import("../client/python.ts"),
  ]);
  const answer = z.object({
    python: z.string(),
    server: z.boolean(),
    contract: z.boolean(),
    packages: z.record(z.string(), z.string().nullable()),
  });
  const asked = await execa(python(), ["-c", ASK_PYTHON, ...PYTHON_PACKAGES], {
    reject: false,
    env: pythonEnvironment(),
  });
  if (asked.failed) {
    const how = `none at ${python()}; run make once, or name one in L1PROBE_PYTHON`;
    return [{ what: "python", how, good: false }];
  }
  const found = answer.parse(JSON.parse(asked.stdout));
  const packages = Object.entries(found.packages).map(
    ([what, version]): Finding => ({
      what: `  ${what}`,
      how: version ?? "missing; run make once",
      good: version !== null,
    }),
  );
  const whole = found.server && found.contract;
  return [
    { what: "python", how: `${found.python} at ${python()}`, good: true },
    ...packages,
    { what: "  l1probe_server", how: whole ? "found" : "not built; run make once", good: whole },
  ];
}

async function localFindings(): Promise<Finding[]> {
  const [{ existsSync }, { bundledModel }, { packageVersion }] = await Promise.all([
    import("node:fs"),
    import("../client/python.ts"),
    import("../package.ts"),
  ]);
  const model = process.env.L1PROBE_MODEL ?? bundledModel;
  const there = process.env.L1PROBE_MODEL !== undefined || existsSync(`${bundledModel}/model_index.json`);
  return [
    { what: "l1probe", how: packageVersion(), good: true },
    { what: "node", how: process.versions.node, good: true },
    ...(await pythonFindings()),
    { what: "model", how: there ? model : `missing at ${model}`, good: there },
  ];
}

/** @throws ProbeError kind unreachable where nothing answers at the address */
async function serverFindings(address: string): Promise<Finding[]> {
  const [{ checkHealth }, { connect }, { weightsWord }] = await Promise.all([
    import("../client/health.ts"),
    import("../client/connect.ts"),
    import("../analysis/provenance.ts"),
  ]);
  const health = await checkHealth(address);
  const findings: Finding[] = [{ what: "server", how: `${address} ${health}`, good: health === "SERVING" }];
  if (health !== "SERVING") return findings;
  const client = connect(address);
  const { provenance, load, samplers, defaultSchedule } = await client.describe().finally(() => client.close());
  const add = (what: string, how: string) => findings.push({ what: `  ${what}`, how, good: true });
  const { model, device, versions = {} } = provenance ?? {};
  if (model !== undefined) {
    add(
      "model",
      `${model.id} (${weightsWord(model.weights)}, ${model.pipeline}, ${model.transformerDtype}, ${model.fingerprint})`,
    );
  }
  if (device !== undefined)
    add("device", `${device.name} (${device.kind}, ${(Number(device.memoryBytes) / 2 ** 30).toFixed(1)} GiB)`);
  add("load", `${load?.running ?? 0} running, ${load?.queued ?? 0} queued`);
  add("samplers", samplers.join(", "));
  add("its own schedule", defaultSchedule || "unknown");
  for (const [name, version] of Object.entries(versions)) add(name, version);
  return findings;
}

async function run({ server }: Arguments): Promise<void> {
  const findings = await localFindings();
  const print = async (some: readonly Finding[]) =>
    write(some.map(({ what, how, good }) => `${good ? "ok     " : "missing"} ${what.padEnd(26)} ${how}\n`));
  await print(findings);
  if (server !== undefined) {
    const remote = await serverFindings(server);
    await print(remote);
    if (remote.some(({ good }) => !good)) process.exitCode = EXIT.unreachable;
    return;
  }
  if (findings.some(({ good }) => !good)) {
    say("No server can be started on this machine as it is; sweeps need --server, or what is missing.");
    process.exitCode = EXIT.unreachable;
  }
}

/** `l1probe doctor`: what is installed, reachable, and which versions. */
export const doctor: CommandModule<object, Arguments> = {
  command: "doctor",
  describe: "say what is installed, reachable, and which versions",
  builder: (yargs) =>
    yargs
      .option("server", {
        type: "string",
        requiresArg: true,
        describe: "HOST:PORT of a server to ask, too",
      })
      .check(once("server"))
      .example("$0 doctor", "can a sweep run here?")
      .example("$0 doctor --server gpu-host:50151", "which model, device and versions are there?"),
  handler: run,
};
