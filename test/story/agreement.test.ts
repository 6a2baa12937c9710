import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { deflateSync } from "node:zlib";
import { execa } from "execa";
import fc from "fast-check";
import { afterAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { python } from "../../src/client/localServer.ts";
import { ProbeError } from "../../src/errors.ts";
import type { Cell } from "../../src/experiment/cell.ts";
import { expand } from "../../src/experiment/expand.ts";
import { checkFit, latentShape } from "../../src/experiment/fit.ts";
import type { Start } from "../../src/experiment/start.ts";
import { firstStepKey, wireCell } from "../../src/experiment/wireCell.ts";
import { DescribeResponse, ImageMode, RunRequest } from "../../src/generated/l1probe/v1/probe.ts";
import { float32, safetensors } from "../experiment/latents.ts";

/**
 * The client accepts a cell if and only if the server does, and both find the same cells to have the same first step.
 * Every model family's conformance subject answers through the server's own validation.
 */

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const RUNS = Number(process.env.AGREEMENT_RUNS ?? 100);
const serverFolder = new URL("../../server-py/", import.meta.url).pathname;
const script = "tests/serving/accepts.py";

const verdictSchema = z.union([
  z.object({ ok: z.literal(true), first_step: z.string() }),
  z.object({ ok: z.literal(false), message: z.string() }),
]);
type Verdict = z.infer<typeof verdictSchema>;

const server = execa(python(), [script], { cwd: serverFolder, buffer: false, reject: false });
const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
afterAll(async () => {
  server.stdin.end();
  await server;
});

async function nextLine(): Promise<unknown> {
  const { value, done } = await lines.next();
  if (done) throw new Error("accepts.py ended");
  return JSON.parse(value);
}

function ask(question: object): Promise<unknown> {
  server.stdin.write(`${JSON.stringify(question)}\n`);
  return nextLine();
}

/** The server's verdict on requests so far: many pairs share a cell. */
const verdicts = new Map<string, Verdict>();

async function verdictOfServer(subject: string, request: RunRequest): Promise<Verdict> {
  const question = { subject, cell: RunRequest.toJSON(request) };
  const key = JSON.stringify(question);
  const known = verdicts.get(key);
  if (known !== undefined) return known;
  const verdict = verdictSchema.parse(await ask(question));
  verdicts.set(key, verdict);
  return verdict;
}

/** A grey PNG of 8 bits per channel. */
function png(height: number, width: number, grey: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const framed = Buffer.alloc(body.length + 8);
    framed.writeUInt32BE(data.length, 0);
    body.copy(framed, 4);
    framed.writeUInt32BE(crc32(body), body.length + 4);
    return framed;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(8, 8);
  const pixels = deflateSync(
    Buffer.concat(Array.from({ length: height }, () => Buffer.from([0, ...new Uint8Array(width).fill(grey)]))),
  );
  const signature = Buffer.from("89504e470d0a1a0a", "hex");
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]);
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** A cell's values as an experiment gives them, valid or slightly off. */
interface Values {
  readonly prompt: string;
  readonly negative_prompt: string | null;
  readonly sigmas: readonly number[];
  readonly sampler: string;
  readonly solver_state: Cell["solver_state"];
  readonly height: number;
  readonly width: number;
  readonly frames: number;
  readonly seed: number;
  readonly guidance_scale: number;
  readonly true_cfg_scale: Cell["true_cfg_scale"];
  /** `unwanted`: missing where the model needs one, present where it takes none. */
  readonly picture: "fitting" | "white" | "of another size" | "unwanted";
  readonly start: "none" | "noised" | "as it is" | "other" | "of another shape" | "long" | "an image";
}

type Draw = Omit<Values, "picture" | "start"> & {
  readonly image: string | null;
  readonly imageBytes: Buffer | null;
  readonly init: { readonly file: string; readonly noise: boolean } | null;
  readonly start: Start | null;
  /** What is sent, and the file that it is read from. */
  readonly startBytes: readonly [content: Uint8Array, file: Uint8Array] | null;
};

/** For each key, values that most servers take, and values at or beyond a limit. */
type Pools = {
  readonly [Key in keyof Values]: readonly [common: readonly Values[Key][], edge: readonly Values[Key][]];
};

const inPart = { scale: 7, from: 0.8, to: 0.3 };
const byExpert = { transformer: 4, transformer_2: 3 };

function pools({ samplers, shapeRules, limits, guidanceModes }: DescribeResponse): Pools {
  const { heightMultiple = 1, widthMultiple = 1, frameMultiple = 1, minFrames = 0, maxFrames = 0 } = shapeRules ?? {};
  const { maxHeight = 0, maxWidth = 0 } = shapeRules ?? {};
  const sizes = (multiple: number, most: number) =>
    [
      [2 * multiple, 3 * multiple],
      [0, 1, multiple - 1, multiple, multiple + 1, 4096 * multiple, ...(most > 0 ? [most, most + multiple] : [])],
    ] as const;
  const start = Math.max(1, minFrames);
  const limit = limits?.maxFrames ?? 0;
  const last = limit - ((limit - 1) % Math.max(1, frameMultiple));
  const lengths = [0, 1, 2, 5, 8, 9, start - 1, maxFrames, maxFrames + 1, last, last + frameMultiple, limit + 1];
  const long = ["x".repeat(20_001), "🔴".repeat(20_000), "🔴".repeat(20_001)];
  return {
    prompt: [
      ["a red circle", "é", "e\u0301"],
      ["", ...long],
    ],
    negative_prompt: [
      ["", "blurry"],
      [null, ...long],
    ],
    sigmas: [
      [[1], [1, 0.75, 0.5, 0.25], [0.5, 0.25]],
      [
        ...[[], [0], [1, 0], [1, 1], [0.5, 0.75], [1.0000001], [-0.5], [1e-46], [0.5, 0.49999999]],
        ...[[0.999, 0.5, 0.001], [0.5000005], [Math.fround(0.5000005)], [0.50000005], [0.50000009], [0.5000001]],
        ...[[1 / 3], [0.0005], [0.001], [0.00000005], [1, 0.00000005]],
        Array.from({ length: 1000 }, (_, i) => 1 - i / 1000),
        Array.from({ length: 1001 }, (_, i) => 1 - i / 1001),
      ],
    ],
    sampler: [samplers, ["huen", "", "Euler", "dpm++2m", "heun", "euler-stochastic"]],
    solver_state: [["float32", "stock"], []],
    height: sizes(heightMultiple, maxHeight),
    width: sizes(widthMultiple, maxWidth),
    frames: [[start, start + frameMultiple], lengths.filter((frames) => frames >= 0)],
    seed: [
      [0, 1],
      [2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER],
    ],
    guidance_scale: [guidanceModes?.embedded ? [1, 6] : [1], [0, 0.5, 6, -1]],
    true_cfg_scale: [
      guidanceModes?.trueCfg ? [1, 2, 7, [1, 7, 7, 1], [1, 2, 2, 2], [2, 1, 1, 1], inPart, byExpert] : [1],
      [0, 0.5, 1.0000001, 2, 7, [7, 1, 1], [2, 1, 1, 0.5], { transformer: 1, transformer_2: 7 }, inPart, byExpert],
    ],
    picture: [
      ["fitting", "white"],
      ["of another size", "unwanted"],
    ],
    start: [
      ["none", "none", "noised", "as it is", "other"],
      ["of another shape", "long", "an image"],
    ],
  };
}

/** Elements above which latents are not made: the cell is refused for its size. */
const MOST = 2 ** 20;

function startOf({ start: kind, height, width, frames }: Values, { startRules: rules }: DescribeResponse) {
  if (kind === "none" || rules === undefined) return { init: null, start: null, startBytes: null };
  const noised = kind !== "as it is";
  const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
  if (kind === "an image") {
    const bytes = png(Math.min(height, 512), Math.min(width, 512), 0);
    const start: Start = { kind: "image", sha256: sha256(bytes), bytes: bytes.length, shape: [], dtype: "", noised };
    return { init: { file: "start.png", noise: noised }, start, startBytes: [bytes, bytes] as const };
  }
  const wanted = latentShape({ height, width, frames }, rules);
  const size = wanted.reduce((product, side) => product * side, 1);
  const fitting = size > 0 && size < MOST ? wanted : [1];
  const of = { "of another shape": [...fitting, 2], long: [Number(rules.maxBytes) / 4 + 1] };
  const { dtype, shape, data } = float32(of[kind as keyof typeof of] ?? fitting, kind === "other" ? 2 : 1);
  const start: Start = { kind: "latents", sha256: sha256(data), bytes: data.length, shape, dtype, noised };
  const file = safetensors({ latents: { dtype, shape, data } });
  return { init: { file: "start.safetensors", noise: noised }, start, startBytes: [data, file] as const };
}

function drawOf({ picture, start, ...rest }: Values, description: DescribeResponse): Draw {
  const { image: mode } = description;
  const values = { ...rest, ...startOf({ picture, start, ...rest }, description) };
  const present = (mode === ImageMode.IMAGE_MODE_REQUIRED) !== (picture === "unwanted");
  const { height, width } = values;
  if (!present) return { ...values, image: null, imageBytes: null };
  const drawable = height > 0 && width > 0 && height * width < 2 ** 20;
  const size = drawable ? ([height, width + (picture === "of another size" ? 1 : 0)] as const) : ([16, 16] as const);
  return { ...values, image: "picture.png", imageBytes: png(...size, picture === "white" ? 255 : 0) };
}

/** Each value at a limit, alone in an otherwise common cell, as the second of a pair. */
function edges(of: Pools): [Values, Values][] {
  const first = Object.fromEntries(Object.entries(of).map(([key, [common]]) => [key, common[0]])) as unknown as Values;
  return Object.entries(of).flatMap(([key, [common, edge]]) =>
    [...common, ...edge].map((value): [Values, Values] => [first, { ...first, [key]: value }]),
  );
}

/** Pairs of cells that differ in a few keys. */
function pairs(of: Pools): fc.Arbitrary<[Values, Values]> {
  const keys = Object.keys(of) as (keyof Values)[];
  const any = <Value>([common, edge]: readonly [readonly Value[], readonly Value[]]) =>
    fc.oneof(
      { weight: 15, arbitrary: fc.constantFrom(...common) },
      ...(edge.length === 0 ? [] : [{ weight: 1, arbitrary: fc.constantFrom(...edge) }]),
    );
  const values = fc.record(
    Object.fromEntries(keys.map((key) => [key, any(of[key] as Pools["prompt"])])),
  ) as unknown as fc.Arbitrary<Values>;
  return fc
    .tuple(values, values, fc.subarray(keys, { maxLength: 3 }))
    .map(([one, other, changed]) => [one, { ...one, ...Object.fromEntries(changed.map((key) => [key, other[key]])) }]);
}

function verdictOfClient(
  { imageBytes, startBytes, start: _start, sigmas, ...values }: Draw,
  description: DescribeResponse,
): true | string {
  const readBytes = (path: string) => (path.startsWith("start.") ? startBytes?.[1] : imageBytes) ?? Buffer.alloc(0);
  const experiment = { name: "drawn", base: { ...values, schedule: { sigmas: [...sigmas] } } };
  try {
    checkFit(expand(experiment, { ports: { readBytes } }), description);
    return true;
  } catch (thrown) {
    const { kind, message } = ProbeError.from(thrown);
    if (kind !== "input") throw thrown;
    return message;
  }
}

function cellOf({ imageBytes, startBytes: _startBytes, init, ...values }: Draw): Cell {
  const image_sha256 = imageBytes && createHash("sha256").update(imageBytes).digest("hex");
  return {
    ...values,
    init: init?.file ?? null,
    model: null,
    image_sha256,
    steps: values.sigmas.length,
    schedule: "sigmas",
    shift: null,
  };
}

function requestOf(draw: Draw): RunRequest {
  return RunRequest.fromPartial({
    cell: wireCell("drawn", cellOf(draw), draw.imageBytes ?? undefined, draw.startBytes?.[0]),
  });
}

const subjects = z.array(z.string()).parse(await nextLine());

test.each(subjects)("%s: client and server accept the same cells and find the same first steps", async (subject) => {
  const description = DescribeResponse.fromJSON(await ask({ subject }));
  const count = { accepted: 0, refused: 0, same: 0, different: 0 };
  const firstSteps = async (values: Values): Promise<[client: string, server: string] | null> => {
    const draw = drawOf(values, description);
    const client = verdictOfClient(draw, description);
    const server = await verdictOfServer(subject, requestOf(draw));
    expect(
      client === true,
      `${JSON.stringify({ ...draw, startBytes: null })}\nclient: ${client}\nserver: ${JSON.stringify(server)}`,
    ).toBe(server.ok);
    count[server.ok ? "accepted" : "refused"] += 1;
    return server.ok ? [firstStepKey(cellOf(draw)), server.first_step] : null;
  };
  const of = pools(description);
  await fc.assert(
    fc.asyncProperty(pairs(of), async ([one, other]) => {
      const [a, b] = [await firstSteps(one), await firstSteps(other)];
      if (a === null || b === null) return;
      expect(a[0] === b[0]).toBe(a[1] === b[1]);
      count[a[1] === b[1] ? "same" : "different"] += 1;
    }),
    { numRuns: RUNS, examples: edges(of).map((pair) => [pair]) },
  );
  // Neither side says one thing only.
  for (const times of Object.values(count)) expect(times, JSON.stringify(count)).toBeGreaterThan(10);
});
