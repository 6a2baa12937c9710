import { altOf, fileOf } from "./figures.ts";
import type { Measured, MeasuredCell, MeasuredCurve, MeasuredExperiment } from "./measured.ts";
import { cellsOf, type FigureKind, type Observation, said } from "./observation.ts";

/** Width of a figure in px, about GitHub's column. */
const width = 830;

/** An experiment of the gallery with the text of its file. */
export interface Shown {
  readonly observation: Observation;
  readonly yaml: string;
}

/**
 * The gallery as Markdown: a question, commands, figures and sentences for each experiment.
 *
 * @param images the folder of the figures, relative to the page
 * @throws ProbeError kind failed if the measured numbers contradict a sentence
 */
export function galleryPage(shown: readonly Shown[], measured: Measured, images: string): string {
  return `${intro(shown)}\n${shown.map((each) => section(each, measured, images)).join("\n")}`;
}

/**
 * The question of an experiment: the comment between its first line, which names the schema, and its first key. Its
 * mention of docs/article.md becomes a link.
 */
export function question(yaml: string): string {
  const lines = yaml.split("\n").slice(1);
  const end = lines.findIndex((line) => !line.startsWith("# "));
  return lines
    .slice(0, end)
    .map((line) => line.slice(2))
    .join(" ")
    .replace("article behind l1probe (docs/article.md)", "[article](../docs/article.md) behind l1probe");
}

function intro(shown: readonly Shown[]): string {
  return `<!-- Written by \`make gallery\` from the experiments and tools/gallery; edit those. -->

# Experiments

Each file asks one question; most come from [the article](../docs/article.md) behind l1probe. \`base\` suits the small
model that ships with l1probe. \`--profile hunyuan\` overrides it with HunyuanVideo at the article's settings (320×512,
one frame, true_cfg_scale 6, guidance_scale 1) and needs a server that runs this model:
\`make serve MODEL=hunyuanvideo-community/HunyuanVideo\` on the GPU host and
\`ssh -N -L 50151:127.0.0.1:50151 gpu-host\` next to the client.

Unless stated otherwise, the figures and numbers below come from the bundled model with one prompt and one seed. Large
models show the same kinds of curves, but the values, positions and orders below say nothing about another model. In
each figure \`cond\` and \`cfg\` are the relative L1 between a prediction and the previous one, before and after
guidance; \`latent\` is the relative L1 between the solver's state after and before a step.

\`make gallery\` runs every experiment on the bundled model (a few minutes on two cores; it resumes after an
interruption), draws the figures and writes this page. \`make gallery ONLY="steps shift"\` runs some of them, and
\`ONLY=models\` the one in which every model needs its own server. The build fails if the text contradicts the new
numbers. Any other sweep writes \`report.html\` next to its figures.

${shown.map(({ observation: { name, title } }) => `- [${title}](#${anchor(title)}): \`${name}.yaml\``).join("\n")}
`;
}

/** GitHub's name for a heading. */
function anchor(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .replaceAll(" ", "-");
}

function section({ observation, yaml }: Shown, all: Measured, images: string): string {
  const measured = all[observation.name];
  const { name, title, ownModels = false, commands = [] } = observation;
  const sweep = `npx l1probe sweep experiments/${name}.yaml`;
  return `## ${title}

${question(yaml)}

\`\`\`sh
${[sweep, ...(ownModels ? [] : [`${sweep} --profile hunyuan --server 127.0.0.1:50151`]), ...commands].join("\n")}
\`\`\`

${measured === undefined ? `Not drawn yet: \`make gallery ONLY=${name}\`.\n` : shownPart(observation, measured, all, images)}`;
}

function shownPart(observation: Observation, measured: MeasuredExperiment, all: Measured, images: string): string {
  const { name, figures } = observation;
  const of = (other: string) => {
    const there = all[other];
    return there === undefined ? null : cellsOf(other, there.cells);
  };
  const image = (kind: FigureKind) =>
    `<img src="${images}/${fileOf(observation, kind)}" width="${width}" alt="${altOf(observation, kind)}">`;
  return `${figures.map(image).join("\n\n")}

${observation.shows(cellsOf(name, measured.cells), of)}

${details("Numbers", numbers(measured.cells))}${measured.table === null ? "" : details("Table", `\`\`\`text\n${measured.table.join("\n")}\n\`\`\``)}`;
}

function details(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>\n`;
}

/** One row per cell: the numbers behind the sentences. */
function numbers(cells: readonly MeasuredCell[]): string {
  const place = ({ value, elapsed }: MeasuredCurve["maximum"]) => `${said(value)} at ${Math.round(elapsed)}`;
  const line = ({ label, cond, cfg, latent }: MeasuredCell) => [
    label.replaceAll("|", "\\|"),
    said(cond.first.value),
    place(cond.minimum),
    place(cond.maximum),
    said(cond.last.value),
    place(cfg.maximum),
    place(latent.maximum),
  ];
  const head = ["cell", "cond first", "minimum", "maximum", "last", "cfg maximum", "latent maximum"];
  const rows = [head, head.map(() => "---"), ...cells.map(line)].map((row) => `| ${row.join(" | ")} |`);
  return `Relative L1 with its position, 1000 − timestep.\n\n${rows.join("\n")}`;
}
