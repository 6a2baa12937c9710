import { checkHealth } from "../client/localServer.ts";
import { dialServer, type OpenServer, startServer } from "../client/servers.ts";
import { modelLabel } from "../experiment/identity.ts";
import {
  type DescribeResponse,
  type GuidanceModes,
  ImageMode,
  type Model,
  type ShapeRules,
  type StartRules,
} from "../generated/l1probe/v1/probe.ts";
import { isCheckout, setupAdvice } from "../package.ts";
import { weightsWord } from "../record/manifest.ts";

/** One line of the doctor's output: what was checked, the result, and whether a sweep can run with it. */
export interface Check {
  readonly what: string;
  readonly how: string;
  readonly good: boolean;
}

const PYTHON_PACKAGES = [
  "torch",
  "diffusers",
  "transformers",
  "peft",
  "grpcio",
  "grpcio-health-checking",
  "protobuf",
  "safetensors",
];

const PYTHON_PROBE = `
import importlib.metadata as m, importlib.util as u, json, platform, sys
def version(name):
    try: return m.version(name)
    except m.PackageNotFoundError: return None
def there(name):
    try: return u.find_spec(name) is not None
    except ModuleNotFoundError: return False
print(json.dumps({"python": platform.python_version(), "server": there("l1probe"),
    "contract": there("l1probe.v1.probe_pb2"), "packages": {n: version(n) for n in sys.argv[1:]}}))
`;

async function pythonChecks(): Promise<Check[]> {
  const [{ execa }, { z }, { python, pythonEnvironment }] = await Promise.all([
    import("execa"),
    import("zod"),
    import("../client/localServer.ts"),
  ]);
  const answer = z.object({
    python: z.string(),
    server: z.boolean(),
    contract: z.boolean(),
    packages: z.record(z.string(), z.string().nullable()),
  });
  const result = await execa(python(), ["-c", PYTHON_PROBE, ...PYTHON_PACKAGES], {
    reject: false,
    env: pythonEnvironment(),
  });
  if (result.failed) {
    const how = `not found at ${python()}; ${setupAdvice()}`;
    return [{ what: "python", how, good: false }];
  }
  const found = answer.parse(JSON.parse(result.stdout));
  const packages = Object.entries(found.packages).map(
    ([what, version]): Check => ({
      what: `  ${what}`,
      how: version ?? `missing; ${setupAdvice()}`,
      good: version !== null,
    }),
  );
  const whole = found.server && found.contract;
  return [
    { what: "python", how: `${found.python} at ${python()}`, good: true },
    ...packages,
    { what: "  l1probe", how: whole ? "found" : `not built; ${setupAdvice()}`, good: whole },
  ];
}

/** What is installed on this machine. */
export async function localChecks(): Promise<Check[]> {
  const [{ existsSync }, { bundledModel }, { packageVersion }] = await Promise.all([
    import("node:fs"),
    import("../client/localServer.ts"),
    import("../package.ts"),
  ]);
  const model = process.env.L1PROBE_MODEL ?? (isCheckout() ? bundledModel : "the one inside the installed server");
  const own = !isCheckout() || existsSync(`${bundledModel}/model_index.json`);
  const there = process.env.L1PROBE_MODEL !== undefined || own;
  return [
    { what: "l1probe", how: packageVersion(), good: true },
    { what: "node", how: process.versions.node, good: true },
    ...(await pythonChecks()),
    { what: "model", how: there ? model : `missing at ${model}`, good: there },
  ];
}

function modelText(model: Model): string {
  return `${modelLabel(model)} (${weightsWord(model.weights)} weights, ${model.fingerprint})`;
}

function transformerText({ transformerParameters, transformerDtype, otherDtype }: Model): string {
  const rest = otherDtype === transformerDtype ? "" : `, the rest ${otherDtype}`;
  return `${(Number(transformerParameters) / 1e6).toPrecision(3)} million parameters, ${transformerDtype}${rest}`;
}

function guidanceText({ embedded, trueCfg }: GuidanceModes): string {
  const modes = [...(embedded ? ["guidance_scale (embedded)"] : []), ...(trueCfg ? ["true_cfg_scale"] : [])];
  return modes.join(", ") || "none";
}

function shapesText(rules: ShapeRules): string {
  const { heightMultiple, widthMultiple, maxHeight, maxWidth, frameMultiple, minFrames, maxFrames } = rules;
  const least = minFrames > 1 ? `, at least ${minFrames}` : "";
  const most = maxFrames > 0 ? `, at most ${maxFrames}` : "";
  const frames = frameMultiple === 0 ? "images: 1 frame" : `frames ${frameMultiple}k + 1${least}${most}`;
  const atMost = (side: number): string => (side > 0 ? `, at most ${side}` : "");
  const height = `height a multiple of ${heightMultiple}${atMost(maxHeight)}`;
  return `${height}, width a multiple of ${widthMultiple}${atMost(maxWidth)}; ${frames}`;
}

function startsText({ latentsRefused, pixelsRefused }: StartRules): string {
  const refused = [latentsRefused, pixelsRefused].filter((reason) => reason !== "").join("; ");
  const taken = [...(latentsRefused === "" ? ["latents"] : []), ...(pixelsRefused === "" ? ["images and clips"] : [])];
  return `${taken.join(", ") || "pure noise only"}${refused === "" ? "" : ` (${refused})`}`;
}

const IMAGES: Partial<Record<ImageMode, string>> = {
  [ImageMode.IMAGE_MODE_NONE]: "takes none",
  [ImageMode.IMAGE_MODE_REQUIRED]: "required, height × width",
};

/** What a server reports, one line per fact; facts that it does not report are left out. */
export function describedChecks(description: DescribeResponse): Check[] {
  const { provenance, load, limits } = description;
  const { model, device, versions = {} } = provenance ?? {};
  const lines: [what: string, how: string | undefined][] = [
    ["model", model && modelText(model)],
    ["family", model?.family],
    ["pipeline", model?.pipeline],
    ["transformer", model && transformerText(model)],
    ["experts", description.experts.length === 0 ? undefined : `${description.experts.join(", then ")}`],
    ["predicts", description.prediction],
    ["image", IMAGES[description.image]],
    ["init", description.startRules && startsText(description.startRules)],
    ["guidance", description.guidanceModes && guidanceText(description.guidanceModes)],
    ["default schedule", description.defaultSchedule],
    ["samplers", description.samplers.join(", ")],
    ["sizes", description.shapeRules && shapesText(description.shapeRules)],
    [
      "limits",
      limits && `${limits.maxSteps} steps, ${limits.maxFrames} frames, ${limits.maxPixels} pixels of height × width`,
    ],
    ["batch", description.maxBatch > 1 ? `up to ${description.maxBatch} samples per forward` : "one cell at a time"],
    ["compiled", provenance && (provenance.compiled ? "yes" : "no")],
    ["device", device && `${device.name} (${device.kind}, ${(Number(device.memoryBytes) / 2 ** 30).toFixed(1)} GiB)`],
    ["load", `${load?.running ?? 0} running, ${load?.queued ?? 0} queued`],
    ...Object.entries(versions),
  ];
  return lines.flatMap(([what, how]) => (how ? [{ what: `  ${what}`, how, good: true }] : []));
}

async function checks({ client }: OpenServer): Promise<Check[]> {
  const health = await checkHealth(client.address);
  const found: Check = { what: "server", how: `${client.address} ${health}`, good: health === "SERVING" };
  return found.good ? [found, ...describedChecks(await client.describe())] : [found];
}

/** @throws ProbeError kind unreachable if nothing answers at the address */
export async function serverChecks(address: string): Promise<Check[]> {
  const open = await dialServer(address);
  return checks(open).finally(open.close);
}

/**
 * Starts a server with a model on this machine, checks it, and stops it.
 *
 * @throws ProbeError kind unreachable if it does not start, or interrupted
 */
export async function modelChecks(model: string, loras: readonly string[], signal: AbortSignal): Promise<Check[]> {
  const open = await startServer({ model, loras, signal });
  return checks(open).finally(open.close);
}
