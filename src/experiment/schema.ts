import { z } from "zod";
import { didYouMean, ProbeError, printable } from "../errors.ts";
import { type Axis, cellFields, DEFAULTS, finite, whole } from "./cell.ts";
import { initValue } from "./start.ts";

/** Axes over which curves can be summarised: those that leave a cell's steps where they are. */
export const GROUPABLE = [
  "seed",
  "prompt",
  "negative_prompt",
  "image",
  "guidance_scale",
  "true_cfg_scale",
  "height",
  "width",
  "frames",
  "solver_state",
  "model",
] as const satisfies readonly Axis[];

const allowed = `a list of keys, each one of ${GROUPABLE.join(", ")}`;

/** How an experiment's figures are drawn. Changes no cell and no record. */
export const figuresSchema = z.strictObject(
  {
    group: z
      .array(z.enum(GROUPABLE, { error: allowed }), { error: allowed })
      .optional()
      .describe(
        "Keys whose cells become a median and a 10–90 % band in figures; an empty list draws every cell. By default seed " +
          "and prompt, if together they have more than four values.",
      ),
  },
  { error: "a map of keys and values" },
);

const SCHEDULE =
  "a short form such as shift:7 (in quotes if it has a comma), {sigmas: [1, 0.75, 0.5, 0.25]}, or either with a name: " +
  "{name: ours, schedule: shift:7}";

const legend = z.string().min(1).describe("What the schedule is called in legends and labels; it changes no result.");

const schedule = z
  .union(
    [
      z.string().min(1),
      z.strictObject({
        sigmas: z.array(z.number()).describe("Strictly decreasing, in (0, 1], without the terminal 0."),
        name: legend.optional(),
      }),
      z.strictObject({ schedule: z.string().min(1).describe("A short form."), name: legend }),
    ],
    { error: SCHEDULE },
  )
  .describe("The sigmas: a short form (l1probe schedule --list shows all), or a list, which fixes steps itself.");

/** The type of each key of a cell. */
const given = { ...cellFields, init: initValue, schedule } as const;
type Given = typeof given;

function withDefault<T extends z.ZodType>(axis: Axis, type: T): T {
  return axis in DEFAULTS ? type.meta({ default: DEFAULTS[axis as keyof typeof DEFAULTS] }) : type;
}

/** The same keys, each with its type transformed by `make`. */
function each<Result extends { [K in Axis]: z.ZodType }>(make: (axis: Axis, type: z.ZodType) => z.ZodType): Result {
  const entries = Object.entries(given).map(([axis, type]) => [axis, make(axis as Axis, type)]);
  return Object.fromEntries(entries) as Result;
}

const listOf = <T extends z.ZodType>(type: T) =>
  z.array(type, { error: "a list of values" }).min(1, { error: "a list of at least one value" });

const values = each<{ [K in Axis]: z.ZodOptional<Given[K]> }>((axis, type) => withDefault(axis, type).optional());
const lists = each<{ [K in Axis]: z.ZodOptional<z.ZodArray<Given[K]>> }>((_, type) => listOf(type).optional());

const choiceOf = <T extends z.ZodType>(type: T) => z.strictObject({ choice: listOf(type) });
const between = (type: z.ZodType<number>) => z.tuple([type, type]);

const ofReals = <T extends z.ZodType>(choice: T, type: z.ZodType<number>) =>
  z.union(
    [choiceOf(choice), z.strictObject({ uniform: between(type) }), z.strictObject({ log_uniform: between(type) })],
    { error: "{choice: [a, b, …]}, {uniform: [low, high]} or {log_uniform: [low, high]}, within the key's own range" },
  );
const ofWholes = (type: z.ZodType<number>) =>
  z.union([choiceOf(type), z.strictObject({ integer: between(type) })], {
    error: "{choice: [a, b, …]} or {integer: [low, high]}, within the key's own range",
  });
const ofAny = <T extends z.ZodType>(type: T) => z.union([choiceOf(type)], { error: "{choice: [a, b, …]}" });

const draw = z.strictObject(
  {
    model: ofAny(given.model).optional(),
    prompt: ofAny(given.prompt).optional(),
    negative_prompt: ofAny(given.negative_prompt).optional(),
    image: ofAny(given.image).optional(),
    init: ofAny(given.init).optional(),
    true_cfg_scale: ofReals(given.true_cfg_scale, finite(1, "a number of at least 1")).optional(),
    guidance_scale: ofReals(given.guidance_scale, given.guidance_scale).optional(),
    height: ofWholes(given.height).optional(),
    width: ofWholes(given.width).optional(),
    frames: ofWholes(given.frames).optional(),
    seed: ofWholes(given.seed).optional(),
    sampler: ofAny(given.sampler).optional(),
    solver_state: ofAny(given.solver_state).optional(),
    steps: ofWholes(given.steps).optional(),
    schedule: ofAny(given.schedule).optional(),
  } satisfies { [K in Axis]: z.ZodType },
  { error: "a distribution for each key that is drawn" },
);

/** More cells than this are assumed to be a typing error. */
export const MOST_CELLS = 100_000;

const map = { error: "a map of keys and values" };

const sections = {
  grid: z
    .strictObject(lists, map)
    .optional()
    .describe("Every combination of the values; the first key changes slowest."),
  zip: z
    .strictObject(lists, map)
    .optional()
    .describe("Lists of equal length, read in parallel: the first value of each, then the second of each, and so on."),
  random: z
    .strictObject(
      {
        count: whole(1, `a whole number from 1 to ${MOST_CELLS}`, MOST_CELLS).describe("How many draws."),
        seed: whole(0, "a whole number from 0 to 2^53 - 1").describe("The same seed draws the same values anywhere."),
        draw: draw.describe("What is drawn, and how."),
      },
      map,
    )
    .optional()
    .describe("Draws; a larger count keeps the first ones."),
  exclude: z
    .array(z.strictObject(values, map), { error: "a list of maps" })
    .optional()
    .describe("Leaves out cells that have all values of an entry; an entry that matches no cell is refused."),
};

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
/** What a name may be. */
export const NAMED = "a name of letters, digits, - and _";
const name = z.string({ error: NAMED }).regex(NAME, { error: NAMED });

/** An experiment, from YAML or a TypeScript object. Unknown keys are refused. */
export const experimentSchema = z
  .strictObject(
    {
      name: name.describe("Names the sweep and its folder."),
      description: z.string({ error: "text" }).optional().describe("The question that it answers."),
      frame_sums: z
        .boolean({ error: "true or false" })
        .meta({ default: true })
        .optional()
        .describe(
          "Whether the record also gets every sum per latent frame, for the frame heat map. false makes a record of long " +
            "clips several times smaller; it changes no result and no cell id.",
        ),
      figures: figuresSchema.optional().describe("How figures are drawn; it changes no cell and no record."),
      base: z
        .strictObject(values, map)
        .optional()
        .describe("Values of every cell, unless grid, zip, random or a profile overrides them."),
      ...sections,
      profiles: z
        .record(name, z.strictObject({ ...values, ...sections }, map), map)
        .optional()
        .describe(
          "--profile NAME overrides base with a profile's values; its grid, zip, random or exclude replaces the " +
            "experiment's.",
        ),
    },
    map,
  )
  .describe("An l1probe experiment: what to sample, and over what to sweep.");

export type Experiment = z.infer<typeof experimentSchema>;
/** The value of one key, before it is part of a cell. */
export type Value = { [K in Axis]: z.infer<Given[K]> }[Axis];
/** Values by key. */
export type Values = { readonly [K in Axis]?: z.infer<Given[K]> | undefined };
/** The sections that multiply or exclude cells. */
export type Sections = Pick<Experiment, keyof typeof sections>;
/** How a key is drawn. */
export type Distribution = NonNullable<z.infer<typeof draw>[Axis]>;

/** The experiment's schema as JSON Schema, for editors; published as experiments/experiment.schema.json. */
export function publishedSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(experimentSchema, { io: "input" }), title: "l1probe experiment" };
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

function below(node: SchemaNode, step: PropertyKey): SchemaNode[] {
  const branches = [node, ...(node.anyOf ?? [])];
  return branches.flatMap(({ properties, additionalProperties, items }) => {
    const found = typeof step === "number" ? items : properties?.[String(step)];
    if (found !== undefined) return [found];
    return typeof additionalProperties === "object" && typeof step === "string" ? [additionalProperties] : [];
  });
}

/** The keys that a map of an experiment may have. */
export function knownKeys(path: readonly PropertyKey[]): string[] {
  let nodes: SchemaNode[] = [publishedSchema()];
  for (const step of path) nodes = nodes.flatMap((node) => below(node, step));
  return nodes.flatMap((node) => [node, ...(node.anyOf ?? [])]).flatMap((node) => Object.keys(node.properties ?? {}));
}

/** Formats the path of a value, for example `grid.steps[1]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (written, step) =>
      typeof step === "number" ? `${written}[${step}]` : `${written}${written && "."}${String(step)}`,
    "",
  );
}

/** The inverse of {@link formatPath}. */
export function parsePath(written: string): (string | number)[] {
  return [...written.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([step, index]) =>
    index === undefined ? step : Number(index),
  );
}

const SHOWN = 60;

/** A value for a sentence: as JSON, truncated if long. */
export function show(value: unknown): string {
  const json = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? "nothing");
  return printable(json.length > SHOWN ? `${json.slice(0, SHOWN)}…` : json);
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === "object" && value !== null ? Reflect.get(value, step) : undefined),
    input,
  );
}

function hint(key: string, path: readonly PropertyKey[]): string {
  if (key === "shift") return "; a flow shift is a schedule: write schedule: shift:7";
  const known = knownKeys(path);
  return didYouMean(key, known) || `; known here: ${known.join(", ")}`;
}

interface Fault {
  readonly path: string;
  /** What, which value, what is allowed. */
  readonly sentence: string;
}

function refusals(issue: z.core.$ZodIssue, input: unknown, written: (path: string) => string | undefined): Fault[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const path = formatPath([...issue.path, key]);
      return { path, sentence: `${path} is not a known key${hint(key, issue.path)}.` };
    });
  }
  const path = formatPath(issue.path);
  if (issue.code === "invalid_key") {
    return [{ path, sentence: `${path} is not a valid profile name; it must be ${NAMED}.` }];
  }
  const value = valueAt(input, issue.path);
  const found = value === undefined ? "is missing" : `is ${written(path) ?? show(value)}`;
  return [{ path, sentence: `${path || "The experiment"} ${found}; it must be ${issue.message}.` }];
}

/**
 * Checks an experiment against the schema and reports all faults at once, one per line.
 *
 * @param place the position of a path in the experiment's text, as `file:line:column: `
 * @param written a number as the text writes it, if a double does not hold it
 * @throws ProbeError kind input, with the first fault's path
 */
export function checkExperiment(
  input: unknown,
  place: (path: string) => string,
  written: (path: string) => string | undefined = () => undefined,
): Experiment {
  const result = experimentSchema.safeParse(input);
  // The schema's copy orders keys by its own, but the order of grid's keys is the order of cells.
  if (result.success) return input as Experiment;
  const faults = result.error.issues.flatMap((issue) => refusals(issue, input, written));
  // A number may break two rules that have one sentence.
  const sentences = new Set(faults.map((fault) => `${place(fault.path)}${fault.sentence}`));
  const message = [...sentences].join("\n");
  throw new ProbeError("input", message, { path: faults[0]?.path ?? "", cause: result.error });
}
