import { expect, test } from "vitest";
import { cutNotes, encodedTexts } from "../../src/experiment/tokens.ts";
import { type TokenCount, TokenCount as TokenCountMessage } from "../../src/generated/l1probe/v1/probe.ts";
import { syntheticCell } from "../analysis/synthetic.ts";

const count = (encoder: string, kept: number, tokens: number, cut: string): TokenCount =>
  TokenCountMessage.fromPartial({ encoder, kept, tokens, cut });

test("a note names the prompt, each encoder that cut it, and the text that it did not read", () => {
  const [note = "", ...more] = cutNotes([
    { prompt: "a\nblue  square", encoders: [count("text_encoder", 5, 5, "")] },
    {
      prompt: `${"a red circle ".repeat(20)}ends`,
      encoders: [
        count("text_encoder", 16, 62, "the rest"),
        count("text_encoder_2", 64, 64, ""),
        count("text_encoder_3", 8, 62, `from ${"here ".repeat(30)}to the end`),
      ],
    },
  ]);
  expect(more).toEqual([]);
  expect(note).toContain('text_encoder reads 16 of 62 tokens, without "the rest"');
  expect(note).toContain("text_encoder_3 reads 8 of 62 tokens");
  expect(note).not.toContain("text_encoder_2");
  expect(note).not.toContain("square");
  expect(note).toMatch(/"a red circle .* … .* ends"/);
  expect(cutNotes([{ prompt: "short", encoders: [count("text_encoder", 3, 3, "")] }])).toEqual([]);
});

test("a negative prompt is read with true CFG only, and each text is counted once", () => {
  const one = syntheticCell({ prompt: "a", negative_prompt: "b", true_cfg_scale: 3 });
  expect(encodedTexts([one, { ...one, seed: 1 }, { ...one, negative_prompt: "", prompt: "c" }])).toEqual([
    "a",
    "b",
    "c",
    "",
  ]);
  expect(encodedTexts([{ ...one, true_cfg_scale: 1 }])).toEqual(["a"]);
});
