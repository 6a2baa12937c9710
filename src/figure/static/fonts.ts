import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import subsetFont from "subset-font";

const require = createRequire(import.meta.url);

/** The faces that figures use, as the npm package of Source Sans 3 (SIL Open Font License) names its files. */
const faces = [
  { weight: 400, file: "400Regular/SourceSans3_400Regular.ttf" },
  { weight: 600, file: "600SemiBold/SourceSans3_600SemiBold.ttf" },
];

const family = "Source Sans 3";

/** Paths of the TrueType files, for renderers that read them themselves. */
export function fontFiles(): string[] {
  return faces.map(({ file }) => require.resolve(`@expo-google-fonts/source-sans-3/${file}`));
}

/** The figures' font with no more than these characters, to embed. Characters that it lacks are left to the viewer. */
export async function embeddedFonts(characters: string): Promise<EmbeddedFont[]> {
  const files = fontFiles();
  return Promise.all(
    faces.map(async ({ weight }, i) => {
      const font = await readFile(files[i] ?? "");
      // WOFF would save ten kilobytes and cost a tenth of a second. Small capitals and the like, which no figure asks
      // for, would more than double it.
      const subset = await subsetFont(font, characters, { targetFormat: "truetype", noLayoutClosure: true });
      return { family, weight, truetype: subset.toString("base64") };
    }),
  );
}

/** A font to embed: a family's face in one weight. */
export interface EmbeddedFont {
  readonly family: string;
  readonly weight: number;
  /** A TrueType file in base64. */
  readonly truetype: string;
}

/** Puts fonts into an SVG document, so that it looks the same on machines that lack them. */
export function withFonts(svg: string, fonts: readonly EmbeddedFont[]): string {
  return svg.replace(/<svg[^>]*>/, (open) => `${open}<defs><style>${fontFaces(fonts)}</style></defs>`);
}

/** Fonts as style rules. */
export function fontFaces(fonts: readonly EmbeddedFont[]): string {
  return fonts
    .map(
      ({ family, weight, truetype }) =>
        `@font-face{font-family:"${family}";font-weight:${weight};src:url(data:font/ttf;base64,${truetype}) format("truetype")}`,
    )
    .join("");
}

/** The characters that an SVG's text uses, each once, in order: what an embedded font has to hold. */
export function charactersOf(svg: string): string {
  const text = svg.replace(/<[^>]*>/g, "").replace(/&(amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity);
  return [...new Set(text)].sort().join("");
}

const entities: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
