import { provenanceOf } from "../../analysis/provenance.ts";
import { promptTokensOf } from "../../analysis/warning.ts";
import { Provenance } from "../../generated/l1probe/v1/probe.ts";
import type { SweepRecord } from "../../record/record.ts";
import { escapeHtml } from "./html.ts";

/** Everything needed to repeat the sweep: the command, the experiment's YAML, the sigmas that ran. */
export function appendixSection(record: SweepRecord): string {
  const { experiment, command } = record.manifest;
  const profile = experiment.profile === null ? "" : `, with the profile ${experiment.profile}`;
  return `<section><h2>Reproduce</h2>
<pre aria-label="Command">${escapeHtml(command)}</pre>
<h3>Experiment (${escapeHtml(experiment.file + profile)})</h3>
<pre aria-label="Experiment">${escapeHtml(experiment.text)}</pre>
<h3>Sigmas that ran</h3>
<p class="quiet">Read back from the scheduler, float32, without the terminal 0.</p>
${sigmaTable(record)}
${tokensSection(record)}<details><summary>Server and client</summary><pre>${escapeHtml(knowledge(record))}</pre></details>
<p class="quiet">Every number of this page is also in it as JSON, in the script element with the id <code>l1probe-data</code>.</p></section>`;
}

/** Provenance as JSON: each distinct server, then the client. */
function knowledge(record: SweepRecord): string {
  const servers = new Set(
    record.cells.flatMap((cell) => {
      const provenance = provenanceOf(record, cell);
      return provenance === undefined ? [] : [JSON.stringify(Provenance.toJSON(provenance))];
    }),
  );
  const known = { servers: [...servers].map((json): unknown => JSON.parse(json)), client: record.manifest.client };
  return JSON.stringify(known, null, 2);
}

/** What each text encoder read of each prompt; empty if no server said so. */
function tokensSection(record: SweepRecord): string {
  const prompts = new Map(record.cells.flatMap(promptTokensOf).map((one) => [one.prompt, one.encoders]));
  if (prompts.size === 0) return "";
  const lines = [...prompts].flatMap(([prompt, encoders]) =>
    encoders.map(
      ({ encoder, kept, tokens, cut }) =>
        `<tr><td>${escapeHtml(prompt)}</td><td>${escapeHtml(encoder)}</td><td>${kept} of ${tokens}</td><td>${escapeHtml(cut)}</td></tr>`,
    ),
  );
  return `<details><summary>Tokens of the prompts</summary><div class="scroll" tabindex="0"><table><thead><tr><th>prompt</th><th>text encoder</th><th>tokens read</th><th>cut</th></tr></thead><tbody>${lines.join("")}</tbody></table></div></details>
`;
}

/** Each distinct schedule that ran. */
function sigmaTable(record: SweepRecord): string {
  const ran = new Map<string, { readonly schedule: string; readonly sampler: string; cells: number }>();
  for (const { cell, started } of record.cells) {
    if (started === null) continue;
    const sigmas = started.sigmas.join(", ");
    const known = ran.get(sigmas);
    if (known === undefined)
      ran.set(sigmas, { schedule: `${cell.schedule}, ${cell.steps} steps`, sampler: cell.sampler, cells: 1 });
    else known.cells += 1;
  }
  const entries = [...ran].map(
    ([sigmas, { schedule, cells }]) =>
      `<details${ran.size <= 4 ? " open" : ""}><summary>${escapeHtml(schedule)} <span class="quiet">(${cells === 1 ? "1 cell" : `${cells} cells`})</span></summary><pre>${sigmas}</pre></details>`,
  );
  return entries.length === 0 ? "<p>No cell has started.</p>" : entries.join("");
}
