import { readdir, readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { portsIn } from "../cli/experimentFile.ts";
import { bundledModel } from "../client/localServer.ts";
import { startServer } from "../client/servers.ts";
import { ProbeError } from "../errors.ts";
import { expandSource, readSource, type Source } from "../experiment/source.ts";
import { svgFigure } from "../figure/static/images.ts";
import type { DescribeResponse } from "../generated/l1probe/v1/probe.ts";
import { didYouMean } from "../nearest.ts";
import { isMissing, writeWhole } from "../record/files.ts";
import { readManifest } from "../record/manifest.ts";
import { readRecord } from "../record/read.ts";
import { cellDifferences, cellsIn, differences } from "../record/resume.ts";
import { newManifest, resolveModel } from "../sweep/manifest.ts";
import type { Progress } from "../sweep/progress.ts";
import { runSweep } from "../sweep/runSweep.ts";
import { figuresOf } from "./figures.ts";
import type { Finding } from "./finding.ts";
import { gallery } from "./gallery.ts";
import { measure } from "./measure.ts";
import { type Measured, measuredText, readMeasured } from "./measured.ts";
import { galleryPage } from "./page.ts";

/** Where the gallery reads and writes, below the current folder. */
export const places = {
  experiments: "experiments",
  page: "experiments/README.md",
  runs: "runs/gallery",
  images: "docs/images/gallery",
  measured: "docs/images/gallery/measured.json",
} as const;

export interface GalleryOptions {
  /** Names of experiments to run; where it is empty, all that run on the bundled model. */
  readonly only: readonly string[];
  /** Stops within one step; the same call goes on from there. */
  readonly signal?: AbortSignal | undefined;
  /** Hears sentences for people. */
  readonly note: (sentence: string) => void;
  readonly progress?: ((progress: Progress) => void) | undefined;
}

/**
 * Runs the experiments on the bundled model, all on one server, or those with models of their own on theirs, draws
 * their figures and writes the page. Sweeps go on where they were; one whose experiment or model has changed since begins
 * anew.
 *
 * @throws ProbeError kind input where a name is no experiment's or an experiment has no finding; failed where a cell
 * fails or a sentence is not true any more; and those of `runSweep`
 */
export async function makeGallery({ only, signal, note, progress }: GalleryOptions): Promise<void> {
  const sources = await readSources();
  const chosen = choose(only, sources);
  const bundled = chosen.some(({ finding }) => !finding.ownModels) ? await startBundled(signal) : null;
  try {
    for (const [i, { finding, source }] of chosen.entries()) {
      note(`${finding.name} (${i + 1} of ${chosen.length})`);
      await runOne(finding, source, { bundled: finding.ownModels ? null : bundled, signal, note, progress });
    }
  } finally {
    await bundled?.stop();
  }
  await writePage(sources);
}

/** The server of the bundled model, with what it says of itself. */
interface Bundled {
  readonly address: string;
  readonly description: DescribeResponse;
  stop(): Promise<void>;
}

async function startBundled(signal: AbortSignal | undefined): Promise<Bundled> {
  const { client, close } = await startServer({ model: bundledModel, signal });
  return { address: client.address, description: await client.describe(), stop: close };
}

/** The experiments' files, each with a finding of its own. */
async function readSources(): Promise<Map<string, Source>> {
  const files = (await readdir(places.experiments)).filter((file) => file.endsWith(".yaml"));
  const names = files.map((file) => file.replace(".yaml", ""));
  const untold = names.find((name) => !gallery.some((finding) => finding.name === name));
  if (untold !== undefined) {
    throw new ProbeError(
      "input",
      `${places.experiments}/${untold}.yaml has no place in the gallery; write src/gallery/findings for it and add it to src/gallery/gallery.ts.`,
    );
  }
  const sources = new Map<string, Source>();
  for (const { name } of gallery) {
    const file = `${places.experiments}/${name}.yaml`;
    if (names.includes(name)) sources.set(name, readSource(await readFile(file, "utf8"), file));
  }
  return sources;
}

/** The experiments to run, in the gallery's order. */
function choose(
  only: readonly string[],
  sources: ReadonlyMap<string, Source>,
): readonly { finding: Finding; source: Source }[] {
  const names = gallery.map(({ name }) => name);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new ProbeError(
      "input",
      `The gallery has no ${unknown}${didYouMean(unknown, names)}; it has ${names.join(", ")}.`,
    );
  }
  return gallery
    .filter(({ name, ownModels }) => (only.length === 0 ? !ownModels : only.includes(name)))
    .map((finding) => {
      const source = sources.get(finding.name);
      if (source !== undefined) return { finding, source };
      throw new ProbeError("input", `${places.experiments}/${finding.name}.yaml is missing, and the gallery shows it.`);
    });
}

interface Running extends Omit<GalleryOptions, "only"> {
  /** null where the experiment names models of its own. */
  readonly bundled: Bundled | null;
}

/** What an experiment of the gallery may read, and where its models lie. */
const around = { ports: portsIn(places.experiments), folder: places.experiments };

async function runOne(finding: Finding, source: Source, running: Running): Promise<void> {
  const { bundled, note, ...options } = running;
  const directory = join(places.runs, finding.name);
  const command = `npx l1probe sweep ${source.file}`;
  await removeStale(directory, source, command, running);
  const server = bundled?.address;
  const end = await runSweep({ ...options, ...around, server, note, experiment: source, directory, command });
  if (end.finished < end.cells) {
    throw new ProbeError("failed", `${end.cells - end.finished} of ${end.cells} cells of ${finding.name} failed.`);
  }
  const record = await readRecord(directory);
  for (const { file, figure } of figuresOf(finding, record)) {
    await writeWhole(join(places.images, file), await svgFigure(figure));
  }
  const measured = { ...(await measuredSoFar()), [finding.name]: measure(record, finding.table === true) };
  await writeWhole(places.measured, measuredText(inOrder(measured)));
}

/** Makes room where the gallery's own folder holds the cells of an older experiment, or another model's. */
async function removeStale(
  directory: string,
  source: Source,
  command: string,
  { bundled, note }: Running,
): Promise<void> {
  const recorded = await readManifest(directory);
  if (recorded === null) return;
  const expansion = expandSource(source, around);
  const [first] =
    bundled === null
      ? cellDifferences(cellsIn(recorded), expansion)
      : differences(recorded, await newManifest(source, expansion, resolveModel(null, bundled.description), command));
  if (first === undefined) return;
  note(`${directory} is made anew: ${first}.`);
  await rm(directory, { recursive: true });
}

async function measuredSoFar(): Promise<Measured> {
  const text = await readFile(places.measured, "utf8").catch((thrown: unknown) => {
    if (isMissing(thrown)) return null;
    throw thrown;
  });
  return text === null ? {} : readMeasured(text, places.measured);
}

/** In the gallery's order, whatever was made first. */
function inOrder(measured: Measured): Measured {
  const known = gallery.flatMap(({ name }) => {
    const of = measured[name];
    return of === undefined ? [] : [[name, of] as const];
  });
  return Object.fromEntries(known);
}

async function writePage(sources: ReadonlyMap<string, Source>): Promise<void> {
  const shown = gallery.flatMap((finding) => {
    const source = sources.get(finding.name);
    return source === undefined ? [] : [{ finding, yaml: source.text }];
  });
  const images = relative(places.experiments, places.images);
  await writeWhole(places.page, galleryPage(shown, await measuredSoFar(), images));
}
