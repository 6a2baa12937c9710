import { ProbeError } from "../errors.ts";
import { type Ports, parseSchedule, type Schedule, scheduleFromSigmas } from "../schedule/index.ts";
import type { Values } from "./schema.ts";

/** A refusal of the schedule library, with the place in the experiment. */
function placed<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (thrown) {
    const { kind, message, path: inner } = ProbeError.from(thrown);
    if (kind !== "input") throw thrown;
    const deeper = inner?.startsWith(path) ? inner : undefined;
    throw new ProbeError("input", deeper === undefined ? `${path}: ${message}` : message, {
      path: deeper ?? path,
      cause: thrown,
    });
  }
}

/** Makes schedules, each once: cells of one sweep share most of them. */
export class Schedules {
  readonly #ports: Ports;
  readonly #made = new Map<string, Schedule>();
  readonly #sigmas = new Map<string, readonly number[]>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** @param path where the experiment gives it */
  schedule(value: NonNullable<Values["schedule"]>, path: string): Schedule {
    const key = JSON.stringify(value);
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const made = placed(path, () =>
      typeof value === "string"
        ? parseSchedule(value, this.#ports)
        : scheduleFromSigmas(value.sigmas, `${path}.sigmas`),
    );
    this.#made.set(key, made);
    return made;
  }

  sigmas(schedule: Schedule, steps: number, path: string): readonly number[] {
    const key = `${steps} ${schedule.spec}`;
    const known = this.#sigmas.get(key) ?? placed(path, () => schedule.sigmas(steps));
    this.#sigmas.set(key, known);
    return known;
  }
}
