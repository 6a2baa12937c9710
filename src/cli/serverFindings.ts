import { weightsWord } from "../analysis/provenance.ts";
import { checkHealth } from "../client/health.ts";
import { dialServer, type OpenServer, startServer } from "../client/openServer.ts";
import {
  type DescribeResponse,
  type GuidanceModes,
  ImageMode,
  type Model,
  type ShapeRules,
} from "../generated/l1probe/v1/probe.ts";
import type { Finding } from "./finding.ts";

function modelText({ id, weights, fingerprint }: Model): string {
  return `${id} (${weightsWord(weights)} weights, ${fingerprint})`;
}

function transformerText({ transformerParameters, transformerDtype, otherDtype }: Model): string {
  const rest = otherDtype === transformerDtype ? "" : `, the rest ${otherDtype}`;
  return `${(Number(transformerParameters) / 1e6).toPrecision(3)} million parameters, ${transformerDtype}${rest}`;
}

function guidanceText({ embedded, trueCfg }: GuidanceModes): string {
  const modes = [...(embedded ? ["guidance_scale (embedded)"] : []), ...(trueCfg ? ["true_cfg_scale"] : [])];
  return modes.join(", ") || "none";
}

function shapesText({ heightMultiple, widthMultiple, frameMultiple, maxFrames }: ShapeRules): string {
  const most = maxFrames > 0 ? `, at most ${maxFrames}` : "";
  const frames = frameMultiple === 0 ? "images: 1 frame" : `frames ${frameMultiple}k + 1${most}`;
  return `height a multiple of ${heightMultiple}, width of ${widthMultiple}; ${frames}`;
}

const PICTURES: Partial<Record<ImageMode, string>> = {
  [ImageMode.IMAGE_MODE_NONE]: "takes none",
  [ImageMode.IMAGE_MODE_REQUIRED]: "needs one, of height × width",
};

/** What a server says of itself, a line each; what it leaves out is left out. */
export function describedFindings(said: DescribeResponse): Finding[] {
  const { provenance, load, limits } = said;
  const { model, device, versions = {} } = provenance ?? {};
  const lines: [what: string, how: string | undefined][] = [
    ["model", model && modelText(model)],
    ["family", model?.family],
    ["pipeline", model?.pipeline],
    ["transformer", model && transformerText(model)],
    ["experts", said.experts.length === 0 ? undefined : `${said.experts.join(", then ")}`],
    ["predicts", said.prediction],
    ["picture", PICTURES[said.image]],
    ["guidance", said.guidanceModes && guidanceText(said.guidanceModes)],
    ["its own schedule", said.defaultSchedule],
    ["samplers", said.samplers.join(", ")],
    ["sizes", said.shapeRules && shapesText(said.shapeRules)],
    [
      "limits",
      limits && `${limits.maxSteps} steps, ${limits.maxFrames} frames, ${limits.maxPixels} pixels of height × width`,
    ],
    ["batch", said.maxBatch > 1 ? `${said.maxBatch} rows a forward at most` : "each cell alone"],
    ["compiled", provenance && (provenance.compiled ? "yes" : "no")],
    ["device", device && `${device.name} (${device.kind}, ${(Number(device.memoryBytes) / 2 ** 30).toFixed(1)} GiB)`],
    ["load", `${load?.running ?? 0} running, ${load?.queued ?? 0} queued`],
    ...Object.entries(versions),
  ];
  return lines.flatMap(([what, how]) => (how ? [{ what: `  ${what}`, how, good: true }] : []));
}

async function findings({ client }: OpenServer): Promise<Finding[]> {
  const health = await checkHealth(client.address);
  const found: Finding = { what: "server", how: `${client.address} ${health}`, good: health === "SERVING" };
  return found.good ? [found, ...describedFindings(await client.describe())] : [found];
}

/** @throws ProbeError kind unreachable where nothing answers at the address */
export async function serverFindings(address: string): Promise<Finding[]> {
  const open = dialServer(address);
  return findings(open).finally(open.close);
}

/**
 * Starts a server of a model on this machine, asks it, and ends it.
 *
 * @throws ProbeError kind unreachable where it does not come up, interrupted
 */
export async function modelFindings(model: string, signal: AbortSignal): Promise<Finding[]> {
  const open = await startServer({ model, signal });
  return findings(open).finally(open.close);
}
