import { join } from "node:path";
import type { ProbeClient } from "../client/connect.ts";
import { ProbeError } from "../errors.ts";
import type { Cell } from "../experiment/cell.ts";
import type { Expansion } from "../experiment/expand.ts";
import { wireCell } from "../experiment/wireCell.ts";
import {
  type ArtifactKind,
  Failed,
  FailureReason,
  type Finished,
  type Started,
  type Step,
} from "../generated/l1probe/v1/probe.ts";
import { artifactPath } from "../record/files.ts";
import type { EventBody, Journal } from "../record/journal.ts";
import type { IdentifiedCell } from "../record/record.ts";

/** What an attempt works with. */
export interface AttemptContext {
  readonly client: ProbeClient;
  readonly journal: Journal;
  /** The sweep's directory. */
  readonly directory: string;
  readonly keep: readonly ArtifactKind[];
  /** The numbers of steps after which states are kept, if they are. */
  readonly statesAt: readonly number[];
  /** Whether steps come with their sums per latent frame. */
  readonly frameSums: boolean;
  /** The images that condition cells, by their sha256. */
  readonly images: Expansion["images"];
  /** What cells start from, by its sha256. */
  readonly starts: Expansion["starts"];
  readonly signal: AbortSignal;
  step(): void;
  /** Called at the first step with a non-finite value. */
  nonFinite(step: number): void;
  warn(sentence: string): void;
}

/** How an attempt at a cell ended; a refused one cost no work. */
export type AttemptEnd = { readonly how: "finished" } | { readonly how: "failed" | "refused"; readonly why: string };

function checkVerbatim({ cell }: IdentifiedCell, { sigmas }: Started): void {
  const wrong = cell.sigmas.findIndex((sigma, index) => sigma !== sigmas[index]);
  if (wrong === -1 && sigmas.length === cell.sigmas.length) return;
  const what =
    sigmas.length === cell.sigmas.length
      ? `sigma ${sigmas[wrong]} at step ${wrong} where ${cell.sigmas[wrong]} was sent`
      : `${sigmas.length} sigmas where ${cell.sigmas.length} were sent`;
  throw new ProbeError(
    "failed",
    `The server would run ${what}; its sampler ${cell.sampler} does not take sigmas verbatim.`,
  );
}

/** Checks that all steps arrive as 0, 1, 2, …; a step may repeat with a further evaluation. */
function stepCounter({ cell }: IdentifiedCell) {
  let next = 0;
  return {
    count({ step, evaluation }: Step): boolean {
      const first = evaluation === 0;
      if (step !== (first ? next : next - 1)) {
        throw new ProbeError("failed", `The server sent step ${step} but step ${next} of ${cell.steps} was due.`);
      }
      if (first) next += 1;
      return first;
    },
    checkAll(): void {
      if (next === cell.steps) return;
      throw new ProbeError("failed", `The server finished after ${next} steps of ${cell.steps}.`);
    },
  };
}

function imageOf({ image, image_sha256 }: Cell, images: Expansion["images"]): Uint8Array | undefined {
  if (image_sha256 === null) return undefined;
  const found = images.get(image_sha256);
  if (found === undefined) throw new ProbeError("internal", `The image ${image} is in the record but was not read.`);
  return found.bytes;
}

function startOf({ init, start }: Cell, starts: Expansion["starts"]): Uint8Array | undefined {
  if (start === null) return undefined;
  const found = starts.get(start.sha256);
  if (found === undefined) throw new ProbeError("internal", `The start ${init} is in the record but was not read.`);
  return found.bytes;
}

async function fetchAll(cellId: string, { artifacts }: Finished, context: AttemptContext): Promise<void> {
  for (const artifact of artifacts) {
    const target = join(context.directory, artifactPath(cellId, artifact.fileName));
    await context.client.fetchArtifact(artifact, target, { signal: context.signal });
  }
}

/**
 * Runs one cell and journals its events. Artifacts are copied to this machine before the cell counts as finished, so a
 * crash in between runs it again.
 *
 * @throws ProbeError if the sweep cannot continue: the server is gone, the journal cannot be written, or it was stopped
 */
export async function attempt(identified: IdentifiedCell, context: AttemptContext): Promise<AttemptEnd> {
  const { cellId, cell } = identified;
  const { client, journal, keep, statesAt, frameSums, images, starts, signal, warn } = context;
  let runId = "";
  const write = (entry: EventBody) => journal.append({ time: new Date().toISOString(), cellId, runId, ...entry });
  const steps = stepCounter(identified);
  let counted = 0;
  let finite = true;
  try {
    const sent = wireCell(cellId, cell, imageOf(cell, images), startOf(cell, starts));
    for await (const event of client.run(
      { cell: sent, keep: [...keep], statesAt: [...statesAt], withoutStatistics: false, withoutFrameSums: !frameSums },
      { signal, warn },
    )) {
      switch (event.$case) {
        case "queued":
          runId = event.value.runId;
          break;
        case "started":
          runId = event.value.runId;
          checkVerbatim(identified, event.value);
          write({ event: "started", body: event.value });
          break;
        case "step":
          if (steps.count(event.value)) {
            counted += 1;
            context.step();
          }
          write({ event: "step", body: event.value });
          if (finite && event.value.signals.some(({ whole }) => (whole?.nonFinite ?? 0n) > 0n)) {
            finite = false;
            context.nonFinite(event.value.step);
          }
          break;
        case "heartbeat":
          break;
        case "finished":
          steps.checkAll();
          await fetchAll(cellId, event.value, context);
          write({ event: "finished", body: event.value });
          return { how: "finished" };
        case "failed":
          write({ event: "failed", body: event.value });
          return { how: "failed", why: event.value.message };
      }
    }
    throw new ProbeError("internal", `The run of cell ${cellId} ended without a final event.`);
  } catch (thrown) {
    const { kind, message } = ProbeError.from(thrown);
    if (kind !== "input" && kind !== "failed") throw thrown;
    const reason = FailureReason.FAILURE_REASON_UNSPECIFIED;
    write({ event: "failed", body: Failed.fromPartial({ reason, message, stepsDone: counted }) });
    return { how: kind === "input" && runId === "" ? "refused" : "failed", why: message };
  }
}
