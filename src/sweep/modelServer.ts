import type { DescribedServer, Servers } from "../client/servers.ts";
import { ProbeError } from "../errors.ts";
import type { Expansion } from "../experiment/expand.ts";
import { checkFit } from "../experiment/fit.ts";

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
