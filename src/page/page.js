"use strict";
// Tables that sort and filter.  Without this script they are tables all the same.
(() => {
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
    return cell.classList.contains("n") ? NaN : cell.textContent;
  };

  // Numbers by size, a missing one last either way; texts by their characters.
  const compare = (a, b, direction) => {
    if (typeof a === "number" && typeof b === "number") {
      if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
      return direction * (a - b);
    }
    return direction * String(a).localeCompare(String(b));
  };

  const sortBy = (table, heading, column) => {
    const falls = heading.getAttribute("aria-sort") === "descending";
    const rises = heading.getAttribute("aria-sort") === "ascending";
    const first = heading.classList.contains("n") ? -1 : 1;
    const direction = falls ? 1 : rises ? -1 : first;
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row) => [valueOf(row, column), row]);
    rows.sort((a, b) => compare(a[0], b[0], direction));
    body.append(...rows.map((pair) => pair[1]));
  };

  for (const table of document.querySelectorAll("table.sorts")) {
    Array.from(table.tHead.rows[0].cells).forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => sortBy(table, heading, column));
    });
  }

  document.querySelectorAll("table.filters").forEach((table, number) => {
    const rows = Array.from(table.tBodies[0].rows);
    const place = document.createElement("div");
    const label = document.createElement("label");
    const input = document.createElement("input");
    const told = document.createElement("output");
    place.className = "filter";
    input.type = "search";
    input.id = label.htmlFor = "filter" + number;
    label.textContent = "Show rows that contain";
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const apply = () => {
      const words = input.value.toLowerCase();
      let shown = 0;
      rows.forEach((row, i) => {
        row.hidden = !texts[i].includes(words);
        shown += row.hidden ? 0 : 1;
      });
      told.textContent = shown + " of " + rows.length + " rows";
    };
    input.addEventListener("input", apply);
    place.append(label, input, told);
    table.closest(".scroll").before(place);
    apply();
  });

  // What is folded is printed too.
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
})();
