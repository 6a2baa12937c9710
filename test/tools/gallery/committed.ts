import { readFileSync } from "node:fs";
import { gallery } from "../../../tools/gallery/gallery.ts";
import { places } from "../../../tools/gallery/make.ts";
import { readMeasured } from "../../../tools/gallery/measured.ts";

export const root = new URL("../../../", import.meta.url).pathname;

/** A file of the repository. */
export function committed(path: string): string {
  return readFileSync(`${root}${path}`, "utf8");
}

/** The words of an SVG. */
export function words(svg: string): string {
  return svg
    .replace(/<style>.*?<\/style>/gs, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");
}

/** What was measured when the committed figures were made. */
export const measured = readMeasured(committed(places.measured), places.measured);

/** The experiments that the gallery shows, with their files. */
export const shown = gallery.map((observation) => ({
  observation,
  yaml: committed(`${places.experiments}/${observation.name}.yaml`),
}));
