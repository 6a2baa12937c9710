import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { experimentSchema, publishedSchema } from "../../src/experiment/schema.ts";
import { readSource } from "../../src/experiment/source.ts";

const folder = new URL("../../experiments/", import.meta.url);

// `make docs` updates it.
test("the published JSON schema is the current one", async () => {
  const schema = `${JSON.stringify(publishedSchema(), null, 2)}\n`;
  await expect(schema).toMatchFileSnapshot("../../experiments/experiment.schema.json");
});

test("every experiment that ships names its schema, its file and its question, and fits the schema", async () => {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".yaml"));
  expect(files).toEqual(expect.arrayContaining(["quickstart.yaml", "steps.yaml", "shift.yaml"]));
  for (const file of files) {
    const text = await readFile(new URL(file, folder), "utf8");
    expect(text.split("\n")[0], file).toBe("# yaml-language-server: $schema=./experiment.schema.json");
    expect(text.split("\n")[1], file).toMatch(/^# \S/);
    expect(experimentSchema.parse(readSource(text, file).value).name).toBe(file.replace(".yaml", ""));
  }
});

test("the schema completes: every axis has a description, and no map takes unknown keys", () => {
  const { properties } = publishedSchema() as {
    properties: { base: { properties: object; additionalProperties: boolean } };
  };
  expect(properties.base.additionalProperties).toBe(false);
  for (const [axis, schema] of Object.entries(properties.base.properties)) {
    expect(schema, axis).toHaveProperty("description");
  }
});
