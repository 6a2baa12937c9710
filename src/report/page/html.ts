import type { Warning } from "../../analysis/warning.ts";

/** What a page may load beyond its own inline scripts and styles. */
const inlineOnly =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:";

/**
 * An HTML document that opens without a network, up to and including its opening body tag.
 *
 * @param policy further directives of its content security policy
 */
export function documentStart(title: string, style: string, policy = ""): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${inlineOnly}${policy}">
<title>${escapeHtml(title)} – l1probe</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
`;
}

export const documentEnd = "</body>\n</html>\n";

/** Text for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** A value as JSON inside a script element: nothing in it can end the element. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/**
 * The same for an object, in pieces: its members one by one, down to the given depth, for values too big for one string.
 * Members are read one at a time, since some are getters that compute them.
 */
export function* scriptJsonPieces(value: object, levels: number): Generator<string> {
  let before = "{";
  for (const key of Object.keys(value)) {
    const member: unknown = Reflect.get(value, key);
    if (member === undefined) continue;
    yield `${before}${scriptJson(key)}:`;
    before = ",";
    if (levels > 1 && isPlain(member)) yield* scriptJsonPieces(member, levels - 1);
    else if (typeof member === "string") yield* textPieces(member);
    else yield scriptJson(member);
  }
  yield before === "{" ? "{}" : "}";
}

/** The length of one piece of a long text; V8 frees small strings much sooner. */
const pieceLength = 1 << 15;

function* textPieces(text: string): Generator<string> {
  yield '"';
  for (let at = 0; at < text.length; at += pieceLength) yield scriptJson(text.slice(at, at + pieceLength)).slice(1, -1);
  yield '"';
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A script that may hold `</script` in its strings. */
export function inlineScript(source: string): string {
  return source.replace(/<\/(script)/gi, "<\\/$1").replaceAll("<!--", "<\\!--");
}

/** A number for display: four significant digits, no trailing zeros; an en dash for null. */
export function shortNumber(value: number | null): string {
  if (value === null) return "–";
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);
}

/** The warnings about one part of the report as a list; empty if there are none. */
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
