import type { Finding } from "./finding.ts";

const PYTHON_PACKAGES = [
  "torch",
  "diffusers",
  "transformers",
  "grpcio",
  "grpcio-health-checking",
  "protobuf",
  "safetensors",
];

const ASK_PYTHON = `
import importlib.metadata as m, importlib.util as u, json, platform, sys
def version(name):
    try: return m.version(name)
    except m.PackageNotFoundError: return None
def there(name):
    try: return u.find_spec(name) is not None
    except ModuleNotFoundError: return False
print(json.dumps({"python": platform.python_version(), "server": there("l1probe"),
    "contract": there("l1probe.v1.probe_pb2"), "packages": {n: version(n) for n in sys.argv[1:]}}))
`;

async function pythonFindings(): Promise<Finding[]> {
  const [{ execa }, { z }, { python, pythonEnvironment }] = await Promise.all([
    import("execa"),
    import("zod"),
    import("../client/python.ts"),
  ]);
  const answer = z.object({
    python: z.string(),
    server: z.boolean(),
    contract: z.boolean(),
    packages: z.record(z.string(), z.string().nullable()),
  });
  const asked = await execa(python(), ["-c", ASK_PYTHON, ...PYTHON_PACKAGES], {
    reject: false,
    env: pythonEnvironment(),
  });
  if (asked.failed) {
    const how = `none at ${python()}; run make once, or name one in L1PROBE_PYTHON`;
    return [{ what: "python", how, good: false }];
  }
  const found = answer.parse(JSON.parse(asked.stdout));
  const packages = Object.entries(found.packages).map(
    ([what, version]): Finding => ({
      what: `  ${what}`,
      how: version ?? "missing; run make once",
      good: version !== null,
    }),
  );
  const whole = found.server && found.contract;
  return [
    { what: "python", how: `${found.python} at ${python()}`, good: true },
    ...packages,
    { what: "  l1probe", how: whole ? "found" : "not built; run make once", good: whole },
  ];
}

/** What is installed on this machine. */
export async function localFindings(): Promise<Finding[]> {
  const [{ existsSync }, { bundledModel }, { packageVersion }] = await Promise.all([
    import("node:fs"),
    import("../client/python.ts"),
    import("../package.ts"),
  ]);
  const model = process.env.L1PROBE_MODEL ?? bundledModel;
  const there = process.env.L1PROBE_MODEL !== undefined || existsSync(`${bundledModel}/model_index.json`);
  return [
    { what: "l1probe", how: packageVersion(), good: true },
    { what: "node", how: process.versions.node, good: true },
    ...(await pythonFindings()),
    { what: "model", how: there ? model : `missing at ${model}`, good: there },
  ];
}
