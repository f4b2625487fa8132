/* A table to sort, search, filter and page through: used by the page of a run and by that of a comparison */
const PAGE_SIZE = 100;

function percent(value) { return (100 * value).toFixed(1); }

function compared(a, b) {
  if (a === null || b === null) return (a === null) - (b === null);
  return typeof a === "string" ? a.localeCompare(b, undefined, { numeric: true }) : a - b;
}

/* columns: [name, title, cell(row, number)]; a row is an object; null comes last in either direction */
class SortedTable {
  constructor(rows, columns, filters) {
    Object.assign(this, { rows, columns, filters, column: columns[0][0], ascending: true, page: 0, shown: [] });
    at("table").tHead.rows[0].append(...columns.map(([name, title]) => {
      const cell = element("th", { scope: "col" }, element("button", { type: "button", textContent: title, onclick: () => this.sortBy(name) }));
      cell.dataset.name = name;
      cell.setAttribute("aria-sort", name === this.column ? "ascending" : "none");
      return cell;
    }));
    at("search").oninput = at("filter").onchange = () => this.arrange();
    at("search").form.onsubmit = () => false;
    at("previous").onclick = () => { this.page -= 1; this.show(); };
    at("next").onclick = () => { this.page += 1; this.show(); };
    this.arrange();
  }

  arrange() {
    const wanted = at("search").value.trim().toLowerCase(), kept = this.filters[at("filter").value];
    const sign = this.ascending ? 1 : -1, column = this.column;
    this.shown = this.rows.map((row, number) => [row, number]).filter(([row]) => kept(row) && row.task_id.toLowerCase().includes(wanted));
    this.shown.sort(([a, i], [b, j]) => {
      const order = compared(a[column], b[column]);
      return (a[column] === null || b[column] === null ? order : sign * order) || i - j;
    });
    this.page = 0;
    this.show();
  }

  show() {
    const pages = Math.max(1, Math.ceil(this.shown.length / PAGE_SIZE)), start = this.page * PAGE_SIZE;
    at("table").tBodies[0].replaceChildren(...this.shown.slice(start, start + PAGE_SIZE).map(([row, number]) =>
      element("tr", {}, ...this.columns.map(([, , cell]) => cell(row, number)))));
    at("count").textContent = `${this.shown.length.toLocaleString("en")} of ${this.rows.length.toLocaleString("en")} problems`;
    at("page").textContent = `page ${this.page + 1} of ${pages}`;
    at("previous").disabled = this.page === 0;
    at("next").disabled = this.page + 1 >= pages;
  }

  sortBy(name) {
    this.ascending = this.column === name ? !this.ascending : name === this.columns[0][0];
    this.column = name;
    for (const cell of at("table").tHead.rows[0].cells)
      cell.setAttribute("aria-sort", cell.dataset.name !== name ? "none" : this.ascending ? "ascending" : "descending");
    this.arrange();
  }
}
