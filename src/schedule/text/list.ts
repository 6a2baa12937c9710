import type { CatalogueEntry, CatalogueParameter } from "../catalogue.ts";
import type { Preset } from "../presets/preset.ts";

/** `required`, `default 7`, or `optional`. */
export function fallbackText({ required, fallback }: CatalogueParameter): string {
  if (required) return "required";
  return fallback === null ? "optional" : `default ${fallback}`;
}

/** The name with its parameters and the places of the schedules that it works on: `blend:weight+…+…`. */
export function signature({ name, parameters, operands }: CatalogueEntry): string {
  const items = parameters.map((parameter) => (parameter.required ? parameter.name : `[${parameter.name}=…]`));
  return `${name}${items.length === 0 ? "" : `:${items.join(",")}`}${"+…".repeat(operands)}`;
}

function entryText(entry: CatalogueEntry): string {
  const lines = [
    ["formula", entry.formula],
    ["slopes", entry.slopes],
    ...entry.parameters.map((parameter) => [
      parameter.name,
      `${parameter.doc}; ${parameter.allowed}; ${fallbackText(parameter)}`,
    ]),
    ...(entry.source === "-" ? [] : [["source", entry.source]]),
    ["example", entry.example],
  ];
  const widest = Math.max(...lines.map(([key = ""]) => key.length));
  const body = lines.map(([key = "", value = ""]) => `    ${key.padEnd(widest)}  ${value}`);
  return [signature(entry), `    ${entry.summary}`, ...body].join("\n");
}

/** What `l1probe schedule --list` prints for people. */
export function listText(entries: readonly CatalogueEntry[]): string {
  return entries.map(entryText).join("\n\n");
}

/** The models that `preset:` knows, each with what it stands for. */
export function presetsText(presets: Readonly<Record<string, Preset>>): string {
  const rows = Object.entries(presets).map(([name, preset]) => [name, presetStandsFor(preset), preset.note] as const);
  const [first, second] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(([name, spec, note]) => `    ${name.padEnd(first ?? 0)}  ${spec.padEnd(second ?? 0)}  ${note}`)
    .join("\n");
}

/** The schedule of a preset, with TOKENS or SIZE where it asks for one. */
export function presetStandsFor({ asks, spec }: Preset): string {
  return spec(asks.toUpperCase());
}
