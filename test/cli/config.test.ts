import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { chooseServers } from "../../src/cli/config.ts";

let root: string;
let project: string;
let environment: NodeJS.ProcessEnv;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "l1probe-"));
  project = join(root, "project");
  environment = { XDG_CONFIG_HOME: join(root, "config") };
  await mkdir(join(project, ".git"), { recursive: true });
  await mkdir(join(project, "deep"));
  await mkdir(join(root, "config", "l1probe"), { recursive: true });
});

const inProject = (text: string) => writeFile(join(project, "l1probe.toml"), text);
const inUser = (text: string) => writeFile(join(root, "config", "l1probe", "l1probe.toml"), text);
const choose = (typed: Parameters<typeof chooseServers>[0] = {}) =>
  chooseServers(typed, environment, join(project, "deep"));

const hosts = `
server = "gpu"
[hosts.gpu]
address = "gpu-host:50151"
profile = "hunyuan"
token_file = "token"
[hosts.other]
address = "other-host:50151"
`;

test("without a file and a variable a server is started on this machine", () => {
  expect(choose()).toEqual({ servers: [], implied: true });
  expect(choose({ server: ["h:1"] })).toEqual({ servers: [{ address: "h:1" }], implied: false });
});

test("the project's file names hosts, with their token and profile, and a default", async () => {
  await inProject(hosts);
  await writeFile(join(project, "token"), "secret\n");
  await inUser('server = "elsewhere:1"');
  const gpu = { address: "gpu-host:50151", profile: "hunyuan", token: "secret" };
  expect(choose()).toEqual({ servers: [gpu], implied: true });
  expect(choose({ server: ["other", "h:2"] }).servers).toEqual([{ address: "other-host:50151" }, { address: "h:2" }]);
  expect(choose({ server: ["local"] })).toEqual({ servers: [], implied: false });
  expect(choose({ model: "random:tiny-wan" }).servers).toEqual([]);
});

test("the variable goes before the default of a file, and may name several", async () => {
  await inProject(hosts);
  environment.L1PROBE_SERVER = "other, h:2";
  expect(choose().servers.map(({ address }) => address)).toEqual(["other-host:50151", "h:2"]);
  environment.L1PROBE_SERVER = "local";
  expect(choose().servers).toEqual([]);
});

test("the user's file is read if the project has none", async () => {
  await inUser('server = "mine"\n[hosts.mine]\naddress = "m:3"\n');
  expect(choose().servers).toEqual([{ address: "m:3" }]);
});

test.each([
  ["server = ", /l1probe\.toml:1:\d+: /],
  ['sever = "x"', /l1probe\.toml: sever is not a known key; there are server and \[hosts\.NAME\]/],
  ['[hosts.gpu]\nadress = "x:1"', /hosts\.gpu\.address must be HOST:PORT[\s\S]*hosts\.gpu\.adress is not a known key/],
  [
    'server = "gpu"\n[hosts.gpu]\naddress = "x:1"\ntoken_file = "nowhere"',
    /token file .*nowhere of the host gpu cannot be read/,
  ],
  [
    'server = "cpu"\n[hosts.gpu]\naddress = "x:1"',
    /The server is cpu; it must be HOST:PORT, local, or a host of .*: gpu\./,
  ],
])("a faulty file is refused with what is wrong: %j", async (text, message) => {
  await inProject(text);
  expect(() => choose()).toThrow(message);
});
