import type { State } from "./state.ts";
import { shown, type Table } from "./table.ts";

/** The cells that an element of the page stands for: a legend's entry, a table's row, a clip. */
function cellsOf({ dataset }: HTMLElement): number[] {
  return (dataset.cells ?? "")
    .split(" ")
    .filter((word) => word !== "")
    .map(Number);
}

/** Links everything that stands for cells: pointing at it brings its curves out, a click chooses them. */
export function linkElements(state: State): void {
  const parts = [...document.querySelectorAll<HTMLElement>("[data-cells]")];
  for (const part of parts) {
    const cells = cellsOf(part);
    part.addEventListener("mouseenter", () => state.point(cells));
    part.addEventListener("mouseleave", () => state.point([]));
    part.addEventListener("focusin", () => state.point(cells));
    part.addEventListener("focusout", () => state.point([]));
    if (part.matches("button, tr")) {
      part.addEventListener("click", (event) => {
        event.stopPropagation();
        state.point([]);
        state.choose(cells);
      });
    }
  }
  state.onHighlight(() => {
    const { highlighted, chosen } = state;
    for (const part of parts) {
      const cells = cellsOf(part);
      part.classList.toggle(
        "shown",
        cells.some((cell) => highlighted.has(cell)),
      );
      if (part.matches("button")) part.setAttribute("aria-pressed", String(cells.every((cell) => chosen.has(cell))));
    }
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && state.chosen.size > 0) state.choose([...state.chosen]);
  });
}

/** Lists the steps of a chosen cell: mean absolute values, relative L1, and the expert if there are several. */
export function listSteps(table: Table, state: State): void {
  const place = document.getElementById("steps");
  let listed: number | null = null;
  state.onHighlight(() => {
    const [only, ...others] = state.chosen;
    const cell = only !== undefined && others.length === 0 ? only : null;
    if (place === null || cell === listed) return;
    listed = cell;
    place.hidden = cell === null;
    if (cell === null) return;
    const { step_columns: all, cells } = table.data;
    const experts = table.value(cell, "expert", 0) !== null;
    const columns = [...all.slice(0, 11), ...(experts ? ["expert"] : [])];
    const grid = document.createElement("table");
    const head = grid.createTHead().insertRow();
    for (const name of columns)
      head.append(Object.assign(document.createElement("th"), { scope: "col", textContent: name }));
    const body = grid.createTBody();
    for (let row = 0; row < (cells[cell]?.rows ?? 0); row += 1) {
      const line = body.insertRow();
      for (const column of columns) line.insertCell().textContent = shown(table.value(cell, column, row));
    }
    const title = Object.assign(document.createElement("h3"), { textContent: `Steps of ${cells[cell]?.label ?? ""}` });
    const scroll = Object.assign(document.createElement("div"), { className: "scroll", tabIndex: 0 });
    scroll.append(grid);
    place.replaceChildren(title, scroll);
  });
}

/** Sorts the table of cells by a column when its head is clicked; again, the other way round. */
export function sortTable(): void {
  const body = document.querySelector<HTMLTableSectionElement>("#cells tbody");
  const heads = [...document.querySelectorAll<HTMLElement>("#cells [data-sort]")];
  if (body === null) return;
  for (const head of heads)
    head.addEventListener("click", () => {
      const column = Number(head.dataset.sort);
      const down = head.ariaSort === "ascending";
      for (const other of heads) other.ariaSort = "none";
      head.ariaSort = down ? "descending" : "ascending";
      const key = (row: HTMLTableRowElement) =>
        row.cells[column]?.dataset.value ?? row.cells[column]?.textContent ?? "";
      const compare = (a: HTMLTableRowElement, b: HTMLTableRowElement) => {
        const [x, y] = [key(a), key(b)];
        const numbers = Number(x) - Number(y);
        return Number.isNaN(numbers) ? x.localeCompare(y, "en", { numeric: true }) : numbers;
      };
      const rows = [...body.rows].sort(compare);
      body.replaceChildren(...(down ? rows.reverse() : rows));
    });
}
