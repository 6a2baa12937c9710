import { writeFileSync } from "node:fs";
import { join } from "node:path";

/*
 * Loaded by `node --import` into every process of a measured command: at its end it writes what it used into the folder
 * that L1PROBE_BENCH_USAGE names. It imports nothing else, so that it adds next to nothing to what it measures.
 */

const folder = process.env.L1PROBE_BENCH_USAGE;
if (folder !== undefined) {
  process.on("exit", () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    const usage = {
      script: process.argv[1] ?? "",
      wallSeconds: process.uptime(),
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
      peakBytes: maxRSS * 1024,
    };
    writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(usage));
  });
}
