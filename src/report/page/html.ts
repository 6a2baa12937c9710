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
 * The same of an object, its members one by one so many levels deep, for values too big to be one text. A member is asked
 * for when its turn comes: some are made only then.
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

/** Characters of a long text that are one piece: V8 frees what is smaller much sooner. */
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

/** A number for people: four significant digits, no trailing zeros, an en dash where there is none. */
export function shortNumber(value: number | null): string {
  if (value === null) return "–";
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);
}
