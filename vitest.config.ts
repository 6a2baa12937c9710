import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/build.ts"],
    setupFiles: ["test/warnings.ts"],
    // No test reads or writes this user's cache or configuration.
    env: {
      TZ: "UTC",
      LC_ALL: "C",
      XDG_CACHE_HOME: join(tmpdir(), `l1probe-cache-${process.pid}`),
      XDG_CONFIG_HOME: join(tmpdir(), `l1probe-config-${process.pid}`),
    },
    testTimeout: 20_000,
    maxWorkers: "100%",
  },
});
