import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/build.ts"],
    setupFiles: ["test/warnings.ts"],
    env: { TZ: "UTC", LC_ALL: "C" },
    testTimeout: 20_000,
    maxWorkers: "100%",
  },
});
