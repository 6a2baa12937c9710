import { fontFiles } from "./fonts.ts";
import { type Drawing, ink, type Mark, type TextMark } from "./marks.ts";

/** A drawing as a PDF of one page of its size, with the glyphs that it uses. Characters that the font lacks are boxes. */
export async function pdfDocument({ width, height, description, marks }: Drawing): Promise<Uint8Array> {
  const { default: PDFDocument } = await import("pdfkit");
  const document = new PDFDocument({
    size: [width, height],
    margin: 0,
    info: { Title: description.slice(0, 200), Creator: "l1probe" },
  });
  const [regular = "", bold = ""] = fontFiles();
  document.registerFont("regular", regular).registerFont("bold", bold);
  const chunks: Uint8Array[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    document.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    document.on("end", resolve);
    document.on("error", reject);
  });
  for (const mark of marks) put(document, mark);
  document.end();
  await ended;
  return Buffer.concat(chunks);
}

function put(document: PDFKit.PDFDocument, mark: Mark): void {
  switch (mark.kind) {
    case "group":
      for (const inner of mark.marks) put(document, inner);
      return;
    case "rect":
      document.rect(mark.x, mark.y, mark.width, mark.height).fill(mark.fill);
      return;
    case "text":
      putText(document, mark);
      return;
    case "path": {
      const { d, stroke, fill, width = 1, dash = [], opacity = 1 } = mark;
      document.save();
      if (fill !== undefined) document.path(d).fillOpacity(opacity).fill(fill);
      if (stroke !== undefined) {
        document.path(d).lineWidth(width).lineJoin("round");
        // The types lack what pdfkit documents: lengths of dashes and gaps as a list.
        if (dash.length > 0) document.dash([...dash] as unknown as number, {});
        document.stroke(stroke);
      }
      document.restore();
    }
  }
}

function putText(document: PDFKit.PDFDocument, { text, x, y, size, color, bold, align, upright }: TextMark): void {
  document.save();
  document.font(bold === true ? "bold" : "regular", size).fillColor(color ?? ink);
  const width = document.widthOfString(text);
  document.translate(x, y);
  if (upright === true) document.rotate(-90);
  const shift = align === "center" ? width / 2 : align === "right" ? width : 0;
  document.text(text, -shift, 0, { baseline: "alphabetic", lineBreak: false });
  document.restore();
}
