import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../../golden/figure");

/** Set to remake the golden pictures: `UPDATE_GOLDEN=1 npx vitest run test/figure/static`. */
const update = process.env.UPDATE_GOLDEN === "1";

const header =
  "<!-- Drawn by test/figure/static/drawing.test.ts from a synthetic record that no model made; remake with UPDATE_GOLDEN=1 npx vitest run test/figure/static -->";

/**
 * Compares a picture with the golden file of that name. Where they differ, what was drawn is kept beside it as
 * `NAME-changed.svg`, to be looked at before the golden file is remade.
 *
 * @returns null where they agree, else a sentence about what to do
 */
export function differsFromGolden(name: string, drawn: string): string | null {
  const svg = `${header}\n${drawn}\n`;
  const golden = join(folder, `${name}.svg`);
  const changed = join(folder, `${name}-changed.svg`);
  if (update) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(golden, svg);
  }
  if (existsSync(golden) && readFileSync(golden, "utf8") === svg) {
    rmSync(changed, { force: true });
    return null;
  }
  writeFileSync(changed, svg);
  return `test/golden/figure/${name}.svg is not what is drawn now: look at ${name}-changed.svg beside it, then run UPDATE_GOLDEN=1 npx vitest run test/figure/static.`;
}
