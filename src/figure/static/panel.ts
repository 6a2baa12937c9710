import type { GroupMark, Axis as VegaAxis } from "vega";
import type { AxisOfPanel, Figure } from "../figure.ts";
import { curvePaths, curvePoints, pointPaths } from "./curves.ts";
import { fontSizes, type PlacedPanel, page } from "./layout.ts";
import { ink, text } from "./marks.ts";

/** Panels with more points than this get smaller marks. */
const crowded = 120;
/** Widths of a mark in px. */
const markWidths = { plain: 4, small: 3.3 };

/**
 * One panel as a Vega group whose top is at `top`: axes from Vega's scales, curves in px.
 *
 * @param put what to put in place of the path of curves
 */
export function panelMark(placed: PlacedPanel, figure: Figure, top: number, put: (path: string) => string): GroupMark {
  const { panel, x, width, ownAxis } = placed;
  const height = page.panelHeight;
  const markWidth = curvePoints(panel, figure, width).length > crowded ? markWidths.small : markWidths.plain;
  return {
    type: "group",
    description: panel.description,
    encode: {
      enter: { x: { value: x }, y: { value: top }, width: { value: width }, height: { value: height } },
    },
    data: [
      {
        name: "curves",
        values: curvePaths(panel, figure, width).map((curves) => ({ ...curves, path: put(curves.path) })),
      },
      { name: "points", values: pointPaths(panel, figure, width, markWidth) },
    ],
    scales: [
      { name: "x", type: panel.x.scale, domain: [...panel.x.domain], range: [0, width] },
      { name: "y", type: panel.y.scale, domain: [...panel.y.domain], range: [height, 0] },
    ],
    axes: [
      { ...axis("x", "bottom", panel.x), tickCount: 5 },
      { ...axis("y", "left", panel.y), tickCount: 4, labels: ownAxis, ticks: ownAxis },
    ],
    marks: [
      {
        type: "path",
        from: { data: "curves" },
        encode: {
          enter: {
            path: { field: "path" },
            stroke: { field: "color" },
            strokeDash: { field: "dash" },
            strokeWidth: { value: figure.legend.kind === "series" ? 1.2 : 0.7 },
            strokeJoin: { value: "round" },
          },
        },
      },
      {
        type: "path",
        from: { data: "points" },
        encode: { enter: { path: { field: "path" }, fill: { field: "color" } } },
      },
      text({ text: axisTitle(panel.x), x: width / 2, y: height + 26, size: fontSizes.axisTitle, align: "center" }),
      ...(ownAxis
        ? [
            text({
              text: axisTitle(panel.y),
              x: -34,
              y: height / 2,
              size: fontSizes.axisTitle,
              align: "center",
              angle: -90,
            }),
          ]
        : []),
    ],
  };
}

/** `label (unit)`, or the label alone where dimensionless. */
export function axisTitle(axis: AxisOfPanel): string {
  return axis.unit === null ? axis.label : `${axis.label} (${axis.unit})`;
}

function axis(scale: string, orient: "bottom" | "left", { scale: type, domain }: AxisOfPanel): VegaAxis {
  return {
    scale,
    orient,
    grid: orient === "left",
    ...(orient === "left" ? { gridScale: "x" } : {}),
    gridColor: "#e4e4e4",
    domainColor: "#8a8a8a",
    tickColor: "#8a8a8a",
    tickSize: 3,
    labelColor: ink,
    labelPadding: 2,
    labelFontSize: fontSizes.label,
    format: "~r",
    ...(type === "log" ? { values: decades(domain) } : {}),
    zindex: 0,
  };
}

/** The powers of ten within a range. */
function decades([low, high]: readonly [number, number]): number[] {
  const [first, last] = [Math.ceil(Math.log10(low)), Math.floor(Math.log10(high))];
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}
