import { altOf, fileOf } from "./figures.ts";
import { cellsOf, type FigureKind, type Finding, said } from "./finding.ts";
import type { Measured, MeasuredCell, MeasuredCurve, MeasuredExperiment } from "./measured.ts";

/** Width of a figure in px, about GitHub's column. */
const width = 830;

/** A gallery's experiment with the text of its file. */
export interface Shown {
  readonly finding: Finding;
  readonly yaml: string;
}

/**
 * The gallery as Markdown: a question, commands, figures and sentences for each experiment.
 *
 * @param images the folder of the figures, relative to the page
 * @throws ProbeError kind failed where a sentence is not true of what was measured
 */
export function galleryPage(shown: readonly Shown[], measured: Measured, images: string): string {
  return `${intro(shown)}\n${shown.map((each) => section(each, measured, images)).join("\n")}`;
}

/** The question of an experiment: the comment between its first line, which names the schema, and its first key. */
export function question(yaml: string): string {
  const lines = yaml.split("\n").slice(1);
  const end = lines.findIndex((line) => !line.startsWith("# "));
  return lines
    .slice(0, end)
    .map((line) => line.slice(2))
    .join(" ");
}

function intro(shown: readonly Shown[]): string {
  return `<!-- Written by \`make gallery\` from the experiments and src/gallery; change those. -->

# Experiments

Each file asks one question, most of them the article's. \`base\` is sized for the small model that ships with l1probe;
\`--profile hunyuan\` lays HunyuanVideo at the article's settings over it (320×512, one frame, true_cfg_scale 6,
guidance_scale 1), for a server that runs it: \`make serve MODEL=hunyuanvideo-community/HunyuanVideo\` on the GPU's host
and \`ssh -N -L 50151:127.0.0.1:50151 gpu-host\` beside the client.

Figures and numbers below are the bundled model's, of one prompt and one seed, unless they say otherwise. The kinds of
curves are those of big models; heights, places and orders are its own and say nothing about another model. In each
figure \`cond\` and \`cfg\` are the relative L1 of a prediction against the one before it, before and after guidance;
\`latent\` is that of the solver's state after a step against before it.

\`make gallery\` runs every experiment on the bundled model (a few minutes on two cores; it goes on where it was stopped),
draws the figures and writes this page; \`make gallery ONLY="steps shift"\` does so for some, and \`ONLY=models\`
for the one whose models each need a server of their own. A sentence that the new numbers do not bear out stops it. A
sweep of your own ends with \`report.html\` beside its figures.

${shown.map(({ finding: { name, title } }) => `- [${title}](#${anchor(title)}): \`${name}.yaml\``).join("\n")}
`;
}

/** GitHub's name for a heading. */
function anchor(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .replaceAll(" ", "-");
}

function section({ finding, yaml }: Shown, all: Measured, images: string): string {
  const measured = all[finding.name];
  const { name, title, ownModels = false, commands = [] } = finding;
  const sweep = `npx l1probe sweep experiments/${name}.yaml`;
  return `## ${title}

${question(yaml)}

\`\`\`sh
${[sweep, ...(ownModels ? [] : [`${sweep} --profile hunyuan --server 127.0.0.1:50151`]), ...commands].join("\n")}
\`\`\`

${measured === undefined ? `Not drawn yet: \`make gallery ONLY=${name}\`.\n` : shownPart(finding, measured, all, images)}`;
}

function shownPart(finding: Finding, measured: MeasuredExperiment, all: Measured, images: string): string {
  const { name, figures } = finding;
  const of = (other: string) => {
    const there = all[other];
    return there === undefined ? null : cellsOf(other, there.cells);
  };
  const image = (kind: FigureKind) =>
    `<img src="${images}/${fileOf(finding, kind)}" width="${width}" alt="${altOf(finding, kind)}">`;
  return `${figures.map(image).join("\n\n")}

${finding.shows(cellsOf(name, measured.cells), of)}

${details("Numbers", numbers(measured.cells))}${measured.table === null ? "" : details("Table", `\`\`\`text\n${measured.table.join("\n")}\n\`\`\``)}`;
}

function details(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>\n`;
}

/** One line a cell: what the sentences rest on. */
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
  return `Relative L1, and 1000 − timestep where it lies.\n\n${rows.join("\n")}`;
}
