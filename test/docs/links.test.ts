/** Every relative link, every anchor and every path in backticks of a page exists. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url).pathname;

const pages = [
  ...[
    "README.md",
    "README.ja.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "experiments/README.md",
    "server-py/models/tiny/README.md",
    "server-py/models/tiny-wan/README.md",
  ],
  ...(await readdir(join(root, "docs"), { recursive: true }))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** Folders whose files are named in full; what is built or written by a run is not in a checkout. */
const tracked = /^(?:src|server-py|proto|docs|test|tools|experiments|examples|scripts|deploy|\.ci|\.github)\//;
const built = /^(?:src\/generated|server-py\/l1probe\/v1)\b/;
/** A pattern or a placeholder: `families/NAME.py`, `docs/*`, `{a,b}`, `…`. */
const pattern = /[*{}<>…]|NAME|\bDIR\b/;

/** A page without its blocks of code, whose comments and output are not markdown. */
const prose = (text: string) => text.replace(/^```.*?^```/gms, "");

/** GitHub's anchor of a heading. */
const slug = (heading: string) =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");

/** The anchors of a page; the second heading of one name ends in -1, as on GitHub. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of prose(text).matchAll(/^#{1,6} (.+)$/gm)) {
    const name = slug(heading);
    let again = 0;
    while (anchors.has(again === 0 ? name : `${name}-${again}`)) again++;
    anchors.add(again === 0 ? name : `${name}-${again}`);
  }
  return anchors;
}

async function brokenLinks(page: string, text: string): Promise<string[]> {
  const broken: string[] = [];
  for (const [, target = ""] of prose(text).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? page : relative(root, join(root, dirname(page), path));
    if (!existsSync(join(root, file))) broken.push(target);
    else if (anchor !== undefined && !anchorsOf(await readFile(join(root, file), "utf8")).has(anchor))
      broken.push(target);
  }
  return broken;
}

/** Paths in backticks are relative to the repository, to the page, or to the server's folder and package. */
function missingPaths(page: string, text: string): string[] {
  const places = [root, join(root, dirname(page)), join(root, "server-py"), join(root, "server-py/l1probe")];
  return [...prose(text).matchAll(/`([\w.-]+(?:\/[\w.+-]+)+\/?)`/g)]
    .map(([, path = ""]) => path)
    .filter((path) => (tracked.test(path) || /\.(?:py|ts|md|ya?ml|proto)$/.test(path)) && !built.test(path))
    .filter((path) => !pattern.test(path) && !places.some((place) => existsSync(join(place, path))));
}

test.each(pages)("links and paths of %s exist", async (page) => {
  const text = await readFile(join(root, page), "utf8");
  expect(await brokenLinks(page, text)).toEqual([]);
  expect(missingPaths(page, text)).toEqual([]);
});

test("a broken link, a missing anchor and a missing path are found", async () => {
  const text = "[a](nowhere.md) [b](README.md#more) [c](README.md#no-such-heading) `src/nowhere.ts` `src/index.ts`";
  expect(await brokenLinks("README.md", text)).toEqual(["nowhere.md", "README.md#no-such-heading"]);
  expect(missingPaths("README.md", text)).toEqual(["src/nowhere.ts"]);
});
