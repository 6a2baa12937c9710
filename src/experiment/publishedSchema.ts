import { z } from "zod";
import { experimentSchema } from "./schema.ts";

/** The experiment's schema as JSON Schema, for editors; experiments/experiment.schema.json holds it. */
export function publishedSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(experimentSchema, { io: "input" }), title: "l1probe experiment" };
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

function below(node: SchemaNode, step: PropertyKey): SchemaNode[] {
  const branches = [node, ...(node.anyOf ?? [])];
  return branches.flatMap(({ properties, additionalProperties, items }) => {
    const found = typeof step === "number" ? items : properties?.[String(step)];
    if (found !== undefined) return [found];
    return typeof additionalProperties === "object" && typeof step === "string" ? [additionalProperties] : [];
  });
}

/** The keys that a map of an experiment may have. */
export function knownKeys(path: readonly PropertyKey[]): string[] {
  let nodes: SchemaNode[] = [publishedSchema()];
  for (const step of path) nodes = nodes.flatMap((node) => below(node, step));
  return nodes.flatMap((node) => Object.keys(node.properties ?? {}));
}
