import type { DescribedServer } from "../client/servers.ts";
import { ProbeError } from "../errors.ts";
import type { Cell } from "../experiment/cell.ts";
import { encodedTexts, type PromptTokens } from "../experiment/tokens.ts";

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
