import type { Warning } from "../../analysis/warning.ts";
import { escapeHtml } from "./html.ts";

/** Warnings that belong to one place, or nothing where there are none. */
export function notices(warnings: readonly Warning[], about: Warning["about"]): string {
  const here = warnings.filter((warning) => warning.about === about);
  if (here.length === 0) return "";
  const entries = here.map(({ kind, message, cells }) => {
    const named =
      cells.length > 0 && cells.length <= 6 ? ` <span class="quiet">(${cells.map(escapeHtml).join(", ")})</span>` : "";
    return `<li data-warning="${kind}">${escapeHtml(message)}${named}</li>`;
  });
  return `<ul class="warnings" role="note">${entries.join("")}</ul>`;
}
