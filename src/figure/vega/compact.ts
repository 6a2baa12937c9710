import { fontFamily } from "./text.ts";

/** What Vega writes at every element though it changes nothing: defaults, and roles of marks that have no name. */
const idle = [
  ' transform="translate(0,0)"',
  ' stroke-dasharray=""',
  ' opacity="1"',
  / role="graphics-(?:object|symbol)" aria-roledescription="(?:path|symbol|text|rect) mark container"/g,
];

/** The same picture in fewer bytes: the font is named once, at the root, and attributes that change nothing go. */
export function compact(svg: string): string {
  const family = ` font-family="${fontFamily}"`;
  return idle
    .reduce<string>((text, attribute) => text.replaceAll(attribute, ""), svg.replaceAll(family, ""))
    .replace("<svg", `<svg${family}`);
}
