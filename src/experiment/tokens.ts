import type { TokenCount } from "../generated/l1probe/v1/probe.ts";
import type { Cell } from "./cell.ts";
import { usesTrueCfg } from "./trueCfg.ts";

/** A prompt and what each text encoder reads of it. */
export interface PromptTokens {
  readonly prompt: string;
  readonly encoders: readonly TokenCount[];
}

/** The texts that cells have encoded, each once: prompts and, with true CFG, negative prompts. */
export function encodedTexts(cells: readonly Cell[]): string[] {
  const texts = cells.flatMap((cell) => {
    const { prompt, negative_prompt } = cell;
    return usesTrueCfg(cell) && negative_prompt !== null ? [prompt, negative_prompt] : [prompt];
  });
  return [...new Set(texts)];
}

/** Whether an encoder cut the prompt. */
export function isCut({ encoders }: PromptTokens): boolean {
  return encoders.some(({ cut }) => cut !== "");
}

const SHOWN = 60;

/** A text in quotes on one line, its middle left out if it is long. */
function quotedShort(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  const characters = [...line];
  const part = (from: number, to?: number) => characters.slice(from, to).join("").trim();
  const half = SHOWN / 2 - 1;
  return JSON.stringify(characters.length <= SHOWN ? line : `${part(0, half)} … ${part(-half)}`);
}

/** `"a red … square": text_encoder reads 16 of 718 tokens, without "round while … square"` */
export function cutText({ prompt, encoders }: PromptTokens): string {
  const cuts = encoders
    .filter(({ cut }) => cut !== "")
    .map(
      ({ encoder, kept, tokens, cut }) => `${encoder} reads ${kept} of ${tokens} tokens, without ${quotedShort(cut)}`,
    );
  return `${quotedShort(prompt)}: ${cuts.join("; ")}`;
}

const LISTED = 3;

/** A sentence about the prompts that were cut; empty if none was. */
export function cutNotes(prompts: readonly PromptTokens[]): string[] {
  const cut = prompts.filter(isCut);
  if (cut.length === 0) return [];
  const more = cut.length > LISTED ? `; and ${cut.length - LISTED} more` : "";
  const what = cut.length === 1 ? "A prompt is" : `${cut.length} prompts are`;
  return [`${what} longer than a text encoder reads: ${cut.slice(0, LISTED).map(cutText).join("; ")}${more}.`];
}
