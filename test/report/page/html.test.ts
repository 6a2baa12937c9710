import fc from "fast-check";
import { expect, test } from "vitest";
import { inlineScript, scriptJson, scriptJsonPieces } from "../../../src/report/page/html.ts";

const long = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).map((text) => text.repeat(4000));
const member = fc.oneof({ weight: 5, arbitrary: fc.jsonValue() }, { weight: 1, arbitrary: long });
const nested = fc.dictionary(fc.string(), fc.oneof(member, fc.dictionary(fc.string(), member)));

test("pieces join to the JSON of the whole at any depth, and end no script element", () => {
  fc.assert(
    fc.property(nested, fc.integer({ min: 1, max: 4 }), (value, levels) => {
      const text = [...scriptJsonPieces(value, levels)].join("");
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(text).not.toContain("<");
    }),
    { numRuns: 60 },
  );
});

test("a member that is undefined is left out, as JSON leaves it out", () => {
  const value = { first: undefined, second: { third: undefined }, fourth: 4 };
  expect([...scriptJsonPieces(value, 2)].join("")).toBe(scriptJson(value));
});

test("a script in a page cannot end its element", () => {
  expect(inlineScript('a("</script><!--</SCRIPT>")')).toBe('a("<\\/script><\\!--<\\/SCRIPT>")');
  expect(inlineScript("plain()")).toBe("plain()");
});
