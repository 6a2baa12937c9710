/* Text without a renderer: how wide it is, and where its lines break. */

/** The family that is embedded, then what stands in for it in programs that ignore embedded fonts. */
export const fontFamily = "'Source Sans 3', 'Source Sans Pro', Helvetica, Arial, sans-serif";

/** Advances of the printable ASCII characters in Source Sans 3 Regular, from U+0020, in thousandths of an em. */
// biome-ignore format: sixteen a line
const advances = [
  200, 289, 426, 497, 497, 824, 609, 249, 303, 303, 418, 497, 249, 311, 249, 350,
  497, 497, 497, 497, 497, 497, 497, 497, 497, 497, 249, 249, 497, 497, 497, 425,
  847, 543, 588, 571, 615, 527, 494, 617, 652, 263, 479, 579, 486, 727, 647, 664,
  566, 664, 569, 534, 536, 645, 515, 786, 513, 476, 539, 303, 350, 303, 497, 500,
  542, 504, 553, 456, 555, 496, 292, 504, 544, 246, 247, 495, 255, 829, 547, 542,
  555, 555, 347, 419, 338, 544, 467, 719, 446, 467, 425, 303, 241, 303, 497,
];

/** Stands for characters beyond ASCII: Greek and signs are narrower, ideographs as wide. */
const otherAdvance = 600;
const ideographAdvance = 1000;

/** Width of a text of one line in the regular weight, kerning aside. */
export function textWidth(text: string, fontSize: number): number {
  let width = 0;
  for (const character of text) width += advance(character.codePointAt(0) ?? 0);
  return (width * fontSize) / 1000;
}

function advance(code: number): number {
  return advances[code - 0x20] ?? (code >= 0x2e80 ? ideographAdvance : otherAdvance);
}

/** Breaks a text at spaces into lines of at most that width; a longer word keeps a line to itself. */
export function wrap(text: string, width: number, fontSize: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && textWidth(`${line} ${word}`, fontSize) <= width) {
      lines[lines.length - 1] = `${line} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}

/** Wraps a text, and cuts what exceeds so many lines; an ellipsis says so. */
export function wrapTo(text: string, width: number, fontSize: number, most: number): string[] {
  const lines = wrap(text, width, fontSize);
  if (lines.length <= most) return lines;
  let last = `${lines[most - 1]}…`;
  while (textWidth(last, fontSize) > width && last.length > 2) last = `${last.slice(0, -2)}…`;
  return [...lines.slice(0, most - 1), last];
}

/** A text cut to a width; an ellipsis says so. */
export function shorten(text: string, width: number, fontSize: number): string {
  if (textWidth(text, fontSize) <= width) return text;
  let cut = text;
  while (cut.length > 1 && textWidth(`${cut}…`, fontSize) > width) cut = cut.slice(0, -1);
  return `${cut}…`;
}
