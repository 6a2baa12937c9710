/** A font to embed: a family's face in one weight. */
export interface EmbeddedFont {
  readonly family: string;
  readonly weight: number;
  /** A TrueType file in base64. */
  readonly truetype: string;
}

/** Puts fonts into an SVG document, so that it looks the same on machines that lack them. */
export function withFonts(svg: string, fonts: readonly EmbeddedFont[]): string {
  const faces = fonts.map(
    ({ family, weight, truetype }) =>
      `@font-face{font-family:"${family}";font-weight:${weight};src:url(data:font/ttf;base64,${truetype}) format("truetype")}`,
  );
  return svg.replace(/<svg[^>]*>/, (open) => `${open}<defs><style>${faces.join("")}</style></defs>`);
}

/** The characters that an SVG's text uses, each once, in order: what an embedded font has to hold. */
export function charactersOf(svg: string): string {
  const text = svg.replace(/<[^>]*>/g, "").replace(/&(amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity);
  return [...new Set(text)].sort().join("");
}

const entities: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
