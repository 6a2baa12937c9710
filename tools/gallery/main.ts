import { EXIT_OF, interruptible, say, survivePipe } from "../../src/cli/process.ts";
import { progressLine } from "../../src/cli/progressLine.ts";
import { ProbeError } from "../../src/errors.ts";
import { makeGallery, places } from "./make.ts";

/*
 * `make gallery`: node dist-tools/tools/gallery/main.js [NAME…]. A command of this repository, not of l1probe: it rewrites the
 * repository's own page.
 */

survivePipe();
const line = progressLine(process.stderr, false);
const { signal, release } = interruptible(line.note);
try {
  await makeGallery({ only: process.argv.slice(2), signal, note: line.note, progress: line.update });
  line.end();
  say(`${places.page} and ${places.images} are written.`);
} catch (thrown) {
  line.end();
  const { kind, message } = ProbeError.from(thrown);
  say(`gallery: ${message}`);
  process.exitCode = EXIT_OF[kind];
} finally {
  release();
}
