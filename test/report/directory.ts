import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ArtifactKind, DifferenceSums, SignalSums, Step } from "../../src/generated/l1probe/v1/probe.ts";
import { DIFFERENCES, type Evaluation, SIGNALS } from "../../src/record/evaluations.ts";
import { artifactPath, JOURNAL } from "../../src/record/files.ts";
import { formatEntry } from "../../src/record/journal.ts";
import { writeManifest } from "../../src/record/manifest.ts";
import type { SweepRecord } from "../../src/record/record.ts";

const time = "2026-01-02T03:04:05.000Z";
const fileName = "video.mp4";

/** Writes a record to a temporary directory, which is removed after use. */
export async function inDirectory<T>(record: SweepRecord, use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "l1probe-report-"));
  try {
    await writeManifest(directory, record.manifest);
    await writeFile(join(directory, JOURNAL), [...journalLines(record)].join(""));
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A step with the sums of its whole tensors. */
function wireStep(evaluation: Evaluation): Step {
  const { step, sigma, sigmaNext, timestep, seconds, batchSize, expert, shared } = evaluation;
  const own = {
    step,
    evaluation: evaluation.evaluation,
    sigma,
    sigmaNext,
    timestep,
    seconds,
    batchSize,
    expert,
    shared,
  };
  const signals = SIGNALS.flatMap((signal) => {
    const sums = evaluation.sums(signal);
    if (sums === undefined) return [];
    const whole = { ...sums, count: BigInt(sums.count), nonFinite: BigInt(sums.nonFinite) };
    return [SignalSums.fromPartial({ signal, whole })];
  });
  const differences = DIFFERENCES.flatMap((difference) => {
    const sums = evaluation.pairs(difference);
    if (sums === undefined) return [];
    return [DifferenceSums.fromPartial({ difference, whole: { ...sums, count: BigInt(sums.count) } })];
  });
  return Step.fromPartial({ ...own, signals, differences });
}

function* journalLines(record: SweepRecord): Generator<string> {
  for (const { cellId, started, steps, finished } of record.cells) {
    if (started === null || finished === null) continue;
    const line = { time, cellId, runId: started.runId };
    yield formatEntry({ ...line, event: "started", body: started });
    for (const step of steps) yield formatEntry({ ...line, event: "step", body: wireStep(step) });
    yield formatEntry({ ...line, event: "finished", body: finished });
  }
}

/** A record whose finished cells each have a video of the given size. */
export function withVideos(record: SweepRecord, size: number): SweepRecord {
  const artifact = {
    artifactId: "a",
    kind: ArtifactKind.ARTIFACT_KIND_VIDEO,
    fileName,
    size: BigInt(size),
    sha256: "",
  };
  return {
    ...record,
    cells: record.cells.map((cell) => ({
      ...cell,
      finished: cell.finished && { ...cell.finished, artifacts: [artifact] },
    })),
  };
}

/** Writes a cell's video file. */
export async function putVideo(directory: string, cellId: string, bytes: Uint8Array): Promise<void> {
  const file = join(directory, artifactPath(cellId, fileName));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytes);
}
