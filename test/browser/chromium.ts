import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

/** Names under which a Chromium is found on a PATH. */
const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The Chromium of this machine: CHROMIUM where that is set, else the first on the PATH; null where there is none. */
export function findChromium(): string | null {
  const { CHROMIUM, PATH = "" } = process.env;
  if (CHROMIUM !== undefined) return CHROMIUM;
  const folders = [...PATH.split(delimiter), "/usr/bin", "/Applications/Google Chrome.app/Contents/MacOS"];
  const candidates = folders.flatMap((folder) => [...names, "Google Chrome"].map((name) => join(folder, name)));
  return candidates.find(isExecutable) ?? null;
}

/** A word for those whose tests were skipped. */
export const skipped = "skipped: no Chromium was found on the PATH; name one in CHROMIUM";

export function openBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
}
