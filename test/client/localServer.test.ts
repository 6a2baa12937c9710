import { chmod, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startLocalServer } from "../../src/client/localServer.ts";
import { setupAdvice } from "../../src/package.ts";
import { runs } from "../processes.ts";

const root = new URL("../../", import.meta.url).pathname;
let folder: string;

/** Puts a Node script where Python is looked for. */
async function pretendPython(script: string): Promise<void> {
  const file = join(folder, "python.mjs");
  await writeFile(file, `#!${process.execPath}\nimport { writeFileSync } from "node:fs";\n${script}`);
  await chmod(file, 0o755);
  vi.stubEnv("L1PROBE_PYTHON", file);
}

const HEALTHY = `
import { createRequire } from "node:module";
import { spawn } from "node:child_process";
const require = createRequire(${JSON.stringify(`${root}package.json`)});
const { Server, ServerCredentials, loadPackageDefinition } = require("@grpc/grpc-js");
const { loadSync } = require("@grpc/proto-loader");
const tree = loadPackageDefinition(loadSync(${JSON.stringify(`${root}proto/grpc/health/v1/health.proto`)}));
const server = new Server();
let asked = 0;
server.addService(tree.grpc.health.v1.Health.service, {
  Check: (call, done) => done(null, { status: ++asked > 2 ? 1 : 2 }),
});
const child = spawn("sleep", ["600"]);
writeFileSync(process.env.NOTE, JSON.stringify({ flags: process.argv.slice(2), path: process.env.PYTHONPATH, child: child.pid }));
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  console.log("a library's chatter");
  console.log(JSON.stringify({ l1probe: "serving", address: "127.0.0.1:" + port, pid: process.pid }));
});
`;

async function note(): Promise<{ flags: string[]; path: string; child: number }> {
  return JSON.parse(await readFile(join(folder, "note.json"), "utf8"));
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "l1probe-"));
  vi.stubEnv("NOTE", join(folder, "note.json"));
});
afterEach(() => vi.unstubAllEnvs());

test("the server is awaited until its health service serves, and stopped with its children", async () => {
  await pretendPython(`${HEALTHY}\nprocess.on("SIGTERM", () => process.exit(0));`);
  const server = await startLocalServer({ model: "some/hub-id" });
  const { flags, path, child } = await note();
  expect(flags).toEqual([
    "-m",
    "l1probe",
    "--model",
    "some/hub-id",
    "--host",
    "127.0.0.1",
    "--port",
    "0",
    "--exit-with-stdin",
  ]);
  expect(path.split(":")[0]).toBe(`${root}server-py`);
  expect(await runs(child)).toBe(true);
  await server.stop();
  expect(await runs(server.pid)).toBe(false);
  expect(await runs(child)).toBe(false);
  expect(server.fate()).toBe("exited with code 0");
  await server.stop();
});

test("a server that ignores SIGTERM is killed", { timeout: 15_000 }, async () => {
  await pretendPython(`${HEALTHY}\nprocess.on("SIGTERM", () => {});`);
  const server = await startLocalServer();
  const { child } = await note();
  await server.stop();
  expect(server.fate()).toBe("was ended by SIGKILL");
  expect(await runs(child)).toBe(false);
});

test("a server that dies while it starts is unreachable, with the end of its log", async () => {
  await pretendPython(`for (let i = 0; i < 40; i++) console.error("line " + i); process.exitCode = 3;`);
  const start = startLocalServer();
  await expect(start).rejects.toMatchObject({ kind: "unreachable" });
  await expect(start).rejects.toThrow(/exited with code 3 before it could serve.*line 20\n.*line 39$/s);
  await expect(start).rejects.not.toThrow(/line 19\n/);
});

test("a Python that is not there is unreachable, with what to do", async () => {
  vi.stubEnv("L1PROBE_PYTHON", join(folder, "nothing"));
  await expect(startLocalServer()).rejects.toMatchObject({
    kind: "unreachable",
    message: expect.stringContaining("L1PROBE_PYTHON"),
  });
});

test("a start can be stopped, and leaves no process", async () => {
  await pretendPython(`writeFileSync(process.env.NOTE, String(process.pid)); setInterval(() => {}, 1000);`);
  const stop = new AbortController();
  const start = startLocalServer({ signal: stop.signal });
  const pid = await expect
    .poll(() => readFile(join(folder, "note.json"), "utf8").catch(() => ""))
    .not.toBe("")
    .then(() => readFile(join(folder, "note.json"), "utf8"));
  stop.abort();
  await expect(start).rejects.toMatchObject({ kind: "interrupted" });
  expect(await runs(Number(pid))).toBe(false);
});

test("an installed package, which has no Makefile, names none", () => {
  expect(setupAdvice("/nowhere/node_modules/l1probe/")).not.toMatch(/make/i);
  expect(setupAdvice("/nowhere/node_modules/l1probe/")).toMatch(/npx l1probe setup.*L1PROBE_PYTHON/);
  expect(setupAdvice()).toMatch(/make setup.*L1PROBE_PYTHON/);
});
