import { readdir, readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { portsIn } from "../../src/cli/experimentFile.ts";
import { bundledModel } from "../../src/client/localServer.ts";
import { startServer } from "../../src/client/servers.ts";
import { didYouMean, ProbeError } from "../../src/errors.ts";
import { expandSource, readSource, type Source } from "../../src/experiment/source.ts";
import { svgFigure } from "../../src/figure/static/images.ts";
import type { DescribeResponse } from "../../src/generated/l1probe/v1/probe.ts";
import { cellChanges, cellsIn, differences } from "../../src/record/differences.ts";
import { isMissing, writeWhole } from "../../src/record/files.ts";
import { readManifest } from "../../src/record/manifest.ts";
import { readRecord } from "../../src/record/read.ts";
import { newManifest, resolveModel } from "../../src/sweep/manifest.ts";
import type { Progress } from "../../src/sweep/progress.ts";
import { runSweep } from "../../src/sweep/runSweep.ts";
import { figuresOf } from "./figures.ts";
import { gallery } from "./gallery.ts";
import { measure } from "./measure.ts";
import { type Measured, measuredText, readMeasured } from "./measured.ts";
import type { Observation } from "./observation.ts";
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
  /** Names of experiments to run; if empty, all that run on the bundled model. */
  readonly only: readonly string[];
  /** Stops within one step; the same call resumes. */
  readonly signal?: AbortSignal | undefined;
  /** Callback for messages to the user. */
  readonly note: (sentence: string) => void;
  readonly progress?: ((progress: Progress) => void) | undefined;
}

/**
 * Runs the experiments, those of the bundled model on one server and those with their own models on theirs, draws
 * their figures and writes the page. Sweeps resume; a sweep whose experiment or model has changed starts over.
 *
 * @throws ProbeError kind input if a name is unknown or an experiment has no observation; failed if a cell fails or the
 * numbers contradict a sentence; and those of `runSweep`
 */
export async function makeGallery({ only, signal, note, progress }: GalleryOptions): Promise<void> {
  const sources = await readSources();
  const chosen = choose(only, sources);
  const bundled = chosen.some(({ observation }) => !observation.ownModels) ? await startBundled(signal) : null;
  try {
    for (const [i, { observation, source }] of chosen.entries()) {
      note(`${observation.name} (${i + 1} of ${chosen.length})`);
      await runOne(observation, source, { bundled: observation.ownModels ? null : bundled, signal, note, progress });
    }
  } finally {
    await bundled?.stop();
  }
  await writePage(sources);
}

/** The server of the bundled model and its description. */
interface Bundled {
  readonly address: string;
  readonly description: DescribeResponse;
  stop(): Promise<void>;
}

async function startBundled(signal: AbortSignal | undefined): Promise<Bundled> {
  const { client, close } = await startServer({ model: bundledModel, signal });
  return { address: client.address, description: await client.describe(), stop: close };
}

/** The experiments' files, each with its observation. */
async function readSources(): Promise<Map<string, Source>> {
  const files = (await readdir(places.experiments)).filter((file) => file.endsWith(".yaml"));
  const names = files.map((file) => file.replace(".yaml", ""));
  const unlisted = names.find((name) => !gallery.some((observation) => observation.name === name));
  if (unlisted !== undefined) {
    throw new ProbeError(
      "input",
      `${places.experiments}/${unlisted}.yaml is not in the gallery; add a file to tools/gallery/observations and list it in tools/gallery/gallery.ts.`,
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
): readonly { observation: Observation; source: Source }[] {
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
    .map((observation) => {
      const source = sources.get(observation.name);
      if (source !== undefined) return { observation, source };
      throw new ProbeError(
        "input",
        `${places.experiments}/${observation.name}.yaml is missing, but the gallery shows it.`,
      );
    });
}

interface Running extends Omit<GalleryOptions, "only"> {
  /** null if the experiment names its own models. */
  readonly bundled: Bundled | null;
}

/** Which files an experiment may read, and the folder of its models. */
const around = { ports: portsIn(places.experiments), folder: places.experiments };

async function runOne(observation: Observation, source: Source, running: Running): Promise<void> {
  const { bundled, note, ...options } = running;
  const directory = join(places.runs, observation.name);
  const command = `npx l1probe sweep ${source.file}`;
  await removeStale(directory, source, command, running);
  const server = bundled?.address;
  const end = await runSweep({ ...options, ...around, server, note, experiment: source, directory, command });
  if (end.finished < end.cells) {
    throw new ProbeError("failed", `${end.cells - end.finished} of ${end.cells} cells of ${observation.name} failed.`);
  }
  const record = await readRecord(directory);
  for (const { file, figure } of figuresOf(observation, record)) {
    await writeWhole(join(places.images, file), await svgFigure(figure));
  }
  const measured = { ...(await measuredSoFar()), [observation.name]: measure(record, observation.table === true) };
  await writeWhole(places.measured, measuredText(inOrder(measured)));
}

/** Removes a folder that holds the cells of an older experiment or another model. */
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
      ? cellChanges(cellsIn(recorded), expansion).words
      : differences(recorded, await newManifest(source, expansion, resolveModel(null, bundled.description), command));
  if (first === undefined) return;
  note(`${directory} starts over: ${first}.`);
  await rm(directory, { recursive: true });
}

async function measuredSoFar(): Promise<Measured> {
  const text = await readFile(places.measured, "utf8").catch((thrown: unknown) => {
    if (isMissing(thrown)) return null;
    throw thrown;
  });
  return text === null ? {} : readMeasured(text, places.measured);
}

/** In the gallery's order. */
function inOrder(measured: Measured): Measured {
  const known = gallery.flatMap(({ name }) => {
    const of = measured[name];
    return of === undefined ? [] : [[name, of] as const];
  });
  return Object.fromEntries(known);
}

async function writePage(sources: ReadonlyMap<string, Source>): Promise<void> {
  const shown = gallery.flatMap((observation) => {
    const source = sources.get(observation.name);
    return source === undefined ? [] : [{ observation, yaml: source.text }];
  });
  const images = relative(places.experiments, places.images);
  await writeWhole(places.page, galleryPage(shown, await measuredSoFar(), images));
}
