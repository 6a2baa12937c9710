import type { DescribedServer, Servers } from "../client/servers.ts";
import { ProbeError } from "../errors.ts";
import type { Cell } from "../experiment/cell.ts";
import type { Expansion } from "../experiment/expand.ts";
import { checkFit, encodedTexts, type PromptTokens } from "../experiment/fit.ts";

/**
 * The server for a model's cells, each of which has been checked against the server's description.
 *
 * @throws ProbeError kind input, with the place in the experiment, if no server runs the model or a cell does not fit;
 * unreachable, or interrupted
 */
export async function fittingServer(
  expansion: Expansion,
  servers: Servers,
  model: string | null,
): Promise<DescribedServer> {
  const cells = expansion.cells.filter((cell) => cell.model === model);
  const refused = (thrown: unknown) => {
    const { kind, path, message } = ProbeError.from(thrown);
    const [first] = cells;
    return kind === "input" && path === "model" && first !== undefined && model !== null
      ? expansion.refuse(first, "model", message)
      : thrown;
  };
  const server = await servers.open(model).catch((thrown: unknown) => {
    throw refused(thrown);
  });
  try {
    checkFit(expansion, server.description, cells);
    return server;
  } catch (thrown) {
    await server.close();
    throw thrown;
  }
}

/** Prompts per call. */
const AT_ONCE = 100;

/**
 * What the text encoders of a server's model read of cells' prompts. Empty if the server does not say: an older one, or
 * one that is busy encoding; each cell's record says it, too.
 */
export async function promptTokens(
  { client, description }: Pick<DescribedServer, "client" | "description">,
  cells: readonly Cell[],
): Promise<PromptTokens[]> {
  if (description.textEncoders.length === 0) return [];
  const texts = encodedTexts(cells);
  const counted: PromptTokens[] = [];
  try {
    for (let i = 0; i < texts.length; i += AT_ONCE) {
      const some = texts.slice(i, i + AT_ONCE);
      const prompts = await client.countTokens(some);
      counted.push(...some.map((prompt, k) => ({ prompt, encoders: prompts[k]?.encoders ?? [] })));
    }
    return counted;
  } catch (thrown) {
    // Counting is not worth failing for; if the server is gone, the next call says so.
    if (ProbeError.from(thrown).kind === "internal") throw thrown;
    return [];
  }
}
