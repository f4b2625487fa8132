/* The page of a run; table.js stands before it */
const DATA = JSON.parse(document.getElementById("data").textContent);
const COLOURS = {
  lost: "#9aa0ab", passed: "#009e73", failed: "#d55e00", error: "#cc79a7", timeout: "#e6c229", memory: "#56b4e9", output_limit: "#8c6bb1",
  skipped: "#d0d3da", no_tests: "#b8bcc6", tampered: "#111111", left_out: "#c9ccd4", unserved: "#7f8794", exit_status: "#a0522d",
};
const SPECIAL = { task_id: linkCell, score: chosenCell };
const COLUMNS = [
  ["task_id", "problem"], ["score", "chosen right"], ["right", "right %", percent], ["predicted", "predicted %", percent],
  ["candidates", "candidates"], ["behaviours", "behaviours"], ["tests", "tests"], ["units", "allotted"], ["passed", "passed %", percent],
  ["margin", "margin"], ["cpu_s", "CPU s"], ["tokens", "tokens"], ["lost", "lost"],
].filter(([name]) => DATA.rows.some((row) => row[name] !== null)).map(([name, title, format]) => [name, title, SPECIAL[name] ?? valueCell(name, format)]);
const FILTERS = {
  all: () => true,
  right: (row) => row.score === 1,
  wrong: (row) => row.score !== null && row.score < 1,
  tied: (row) => row.score > 0 && row.score < 1,
  missed: (row) => row.score === 0 && row.right > 0,
  hopeless: (row) => row.right === 0,
  alike: (row) => row.behaviours <= 1,
  lost: (row) => row.lost > 0,
};
const kept = new Map();
const dark = matchMedia("(prefers-color-scheme: dark)");
/* The table of problems */

function valueCell(name, format) {
  return (row) => {
    const value = row[name];
    if (value === null) return element("td", { textContent: "-" });
    return element("td", { textContent: format ? format(value) : typeof value === "number" ? value.toLocaleString("en") : value });
  };
}

function chosenCell(row) {
  if (row.score === null) return element("td", { textContent: "-" });
  const word = row.score === 1 ? "yes" : row.score === 0 ? "no" : `${percent(row.score)} %`;
  return element("td", { textContent: word, className: row.score === 1 ? "good" : row.score === 0 ? "bad" : "" });
}

function linkCell(row, number) { return element("td", {}, element("a", { href: `#problem-${number}`, textContent: row.task_id })); }

/* Details, compressed in the page or in files beside it */

function keep(number, text) { kept.set(number, text); }

async function packed(number) {
  const inside = document.getElementById(`detail-${number}`);
  if (inside) return inside.textContent;
  if (!kept.has(number)) await new Promise((resolve, reject) => {
    const script = element("script", { src: `${DATA.folder}/${number}.js`, onload: resolve });
    script.onerror = () => reject(new Error(`${DATA.folder}/${number}.js is missing; keep that folder beside this page`));
    document.head.append(script);
  });
  return kept.get(number);
}

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

async function detail(number) { return JSON.parse(await unpacked(await packed(number))); }

/* One problem */

async function showProblem(number) {
  const section = at("problem");
  let found;
  try { found = await detail(number); } catch (error) {
    section.replaceChildren(element("p", { className: "note", textContent: `This problem cannot be shown: ${error.message}` }));
    return;
  }
  const back = element("a", { href: "#problems", textContent: "All problems" });
  const title = element("h2", { id: "problem-title", tabIndex: -1, textContent: found.task_id });
  section.replaceChildren(element("p", {}, back), title, said(found), pre("Question", found.question), ...picture(found), ...sideBySide(found), ...others(found));
  title.focus();
}

function said(found) {
  if (found.chosen === null) return element("p", { textContent: "No candidate could be used, so none was chosen." });
  const row = found.rows.find((one) => one.place === found.chosen), tied = found.rows.filter((one) => one.kept).length;
  const verdict = row.correct === null ? "it is not known whether it is right" : row.correct ? "it is right" : `it is wrong (${row.verdict})`;
  const groups = new Set(found.rows.map((one) => one.group)).size;
  return element("p", {}, `Candidate ${row.place} was chosen by ${found.rule} with score ${row.score ?? "-"}; ${verdict}. ` +
    `${tied} of ${found.rows.length} candidates share the best score. They behave in ${groups} ${groups === 1 ? "way" : "ways"} on ${found.columns.length} tests.`);
}

function pre(title, text) {
  return element("details", {}, element("summary", { textContent: title }), focusable(element("pre", { textContent: text }), title));
}

function focusable(node, label) {
  node.tabIndex = 0;
  node.setAttribute("role", "region");
  node.setAttribute("aria-label", label);
  return node;
}

function picture(found) {
  const heading = element("h3", { textContent: "Pass matrix" });
  if (!found.rows.length || !found.columns.length) return [heading, element("p", { textContent: "There is no pair to show." })];
  const help = element("p", { id: "matrix-help", textContent: "A row is a candidate, a column a test. Candidates that pass the same tests stand together, the best scored first; a line parts them. " +
    "On the left, a broad blue mark is the chosen one and a narrow one a tie; green is right, red is wrong, grey is unknown. Arrow keys move, Enter or a click opens the pair." });
  const live = element("p", { id: "matrix-live" });
  live.setAttribute("aria-live", "polite");
  const canvas = element("canvas", { tabIndex: 0 });
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", `Pass matrix of ${found.rows.length} candidates and ${found.columns.length} tests`);
  canvas.setAttribute("aria-describedby", "matrix-help");
  const frame = element("div", { className: "matrix" }, canvas);
  new Matrix(found, canvas, frame, live);
  return [heading, help, legend(found), frame, live];
}

function legend(found) {
  const counts = new Map();
  for (const letter of found.cells) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  const items = [...counts].sort((a, b) => b[1] - a[1]).map(([letter, count]) => {
    const name = outcome(letter), mark = element("i");
    mark.style.background = COLOURS[name];
    return element("li", {}, mark, `${name.replace("_", " ")} ${count.toLocaleString("en")}`);
  });
  return element("ul", { className: "legend" }, ...items);
}

function outcome(letter) { return DATA.outcomes[letter.charCodeAt(0) - 97]; }

class Matrix {
  constructor(found, canvas, frame, live) {
    Object.assign(this, { found, canvas, frame, live, row: 0, column: 0, strip: 20 });
    canvas.onmousemove = (event) => this.hover(event);
    canvas.onmouseleave = () => { at("tip").hidden = true; };
    canvas.onclick = (event) => { if (this.find(event)) this.open(); };
    canvas.onkeydown = (event) => this.key(event);
    canvas.onfocus = () => this.told();
    canvas.onblur = () => this.draw();
    requestAnimationFrame(() => this.draw());
  }

  size() {
    const columns = this.found.columns.length, room = Math.max(this.frame.clientWidth - this.strip - 2, 100);
    return Math.max(5, Math.min(22, Math.floor(room / columns)));
  }

  draw() {
    const { found, canvas, strip } = this, cell = (this.cell = this.size()), scale = devicePixelRatio || 1;
    const width = strip + found.columns.length * cell, height = found.rows.length * cell;
    Object.assign(canvas, { width: width * scale, height: height * scale });
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
    const pen = canvas.getContext("2d"), gap = cell > 7 ? 1 : 0;
    pen.scale(scale, scale);
    found.rows.forEach((one, row) => {
      pen.fillStyle = one.correct === null ? "#9aa0ab" : one.correct ? "#009e73" : "#d55e00";
      pen.fillRect(7, row * cell, strip - 11, cell - gap);
      if (one.kept) {
        pen.fillStyle = "#0072b2";
        pen.fillRect(one.place === found.chosen ? 0 : 4, row * cell, one.place === found.chosen ? 6 : 2, cell - gap);
      }
      for (let column = 0; column < found.columns.length; column += 1) {
        pen.fillStyle = COLOURS[outcome(found.cells[row * found.columns.length + column])];
        pen.fillRect(strip + column * cell, row * cell, cell - gap, cell - gap);
      }
    });
    pen.fillStyle = getComputedStyle(document.body).color;
    found.rows.forEach((one, row) => { if (row && one.group !== found.rows[row - 1].group) pen.fillRect(0, row * cell - 1, width, 1); });
    if (document.activeElement === canvas) {
      pen.lineWidth = 3;
      pen.strokeStyle = pen.fillStyle;
      pen.strokeRect(strip + this.column * cell + 1, this.row * cell + 1, cell - 2, cell - 2);
    }
  }

  find(event) {
    const column = Math.floor((event.offsetX - this.strip) / this.cell), row = Math.floor(event.offsetY / this.cell);
    if (column < 0 || column >= this.found.columns.length || row < 0 || row >= this.found.rows.length) return false;
    Object.assign(this, { row, column });
    return true;
  }

  pair() {
    const { found, row, column } = this, candidate = found.rows[row], test = found.columns[column];
    return { candidate, test, name: outcome(found.cells[row * found.columns.length + column]) };
  }

  text() {
    const { candidate, test, name } = this.pair();
    const label = candidate.correct === null ? "" : candidate.correct ? ", a right one" : ", a wrong one";
    return `Candidate ${candidate.place}${label}, test ${test.place}: ${name.replace("_", " ")}. ${test.passes} of ${this.found.rows.length} pass this test.`;
  }

  hover(event) {
    const tip = at("tip");
    tip.hidden = !this.find(event);
    if (tip.hidden) return;
    tip.textContent = this.text();
    tip.style.left = `${Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8)}px`;
    tip.style.top = `${Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8)}px`;
  }

  told() { this.draw(); this.live.textContent = this.text(); }

  key(event) {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }, move = moves[event.key];
    if (event.key === "Enter") { event.preventDefault(); this.open(); return; }
    if (!move) return;
    event.preventDefault();
    this.row = Math.max(0, Math.min(this.found.rows.length - 1, this.row + move[0]));
    this.column = Math.max(0, Math.min(this.found.columns.length - 1, this.column + move[1]));
    this.told();
  }

  open() {
    const { candidate, test, name } = this.pair(), found = this.found, dialog = at("pair");
    at("tip").hidden = true;
    const reason = found.details[`${candidate.program},${test.test}`];
    const close = element("button", { type: "button", className: "close", textContent: "Close", onclick: () => dialog.close() });
    dialog.replaceChildren(
      close,
      element("h2", { id: "pair-title", textContent: `Candidate ${candidate.place}, test ${test.place}: ${name.replace("_", " ")}` }),
      ...(reason ? [element("h3", { textContent: "Why" }), focusable(element("pre", { textContent: reason }), "Why")] : []),
      element("h3", { textContent: "Test" }), focusable(element("pre", { textContent: found.unit_tests[test.test] }), "Test"),
      element("h3", { textContent: "Program" }), focusable(element("pre", { textContent: found.programs[candidate.program] }), "Program"),
    );
    dialog.showModal();
  }
}

function sideBySide(found) {
  if (found.chosen === null) return [];
  const heading = element("h3", { textContent: "Chosen and runner-up" });
  const chosen = found.rows.find((one) => one.place === found.chosen);
  if (found.rival === null)
    return [heading, element("p", { textContent: "No other candidate behaves differently." }), focusable(element("pre", { textContent: found.programs[chosen.program] }), "Chosen program")];
  const parted = found.parting.length === 1 ? "1 test parts them" : `${found.parting.length} tests part them`;
  const body = element("tbody", {}, ...found.diff.map(([kind, i, left, j, right]) => element("tr", { className: kind },
    element("td", { className: "n", textContent: i ?? "" }), element("td", { textContent: left }),
    element("td", { className: "n", textContent: j ?? "" }), element("td", { textContent: right }))));
  const head = element("thead", {}, element("tr", {}, ...["", `chosen: candidate ${found.chosen}`, "", `runner-up: candidate ${found.rival}`].map((text, place) =>
    place % 2 ? element("th", { scope: "col", textContent: text }) : element("td", { className: "n" }))));
  const table = element("table", { className: "diff" }, head, body);
  const tests = found.parting.map((place) => {
    const test = found.columns.find((one) => one.place === place);
    return pre(`Test ${place}, passed by ${test.passes} of ${found.rows.length}`, found.unit_tests[test.test]);
  });
  return [heading, element("p", { textContent: `${parted}.` }), table, element("h3", { textContent: "Tests that part them" }), ...tests];
}

function others(found) {
  const items = [];
  if (found.rejected.length) items.push(pre(`${found.rejected.length} rejected texts`, found.rejected.map(([place, why]) => `candidate ${place}: ${why}`).join("\n")));
  if (found.lost.length) items.push(pre(`${found.lost.length} lost`, found.lost.join("\n")));
  if (found.details_dropped) items.push(element("p", { textContent: `${found.details_dropped} more reasons are in details.jsonl.` }));
  return items.length ? [element("h3", { textContent: "Also" }), ...items] : [];
}

/* Charts; their library is compressed, too, and unpacked when the rest has been shown */

async function loadCharts() {
  const script = element("script");
  script.text = await unpacked(at("plotly").textContent);
  document.head.append(script);
  drawCharts();
}

function drawCharts() {
  const style = getComputedStyle(document.body), line = style.getPropertyValue("--line");
  for (const [name, figure] of Object.entries(DATA.charts)) {
    const axis = { gridcolor: line, zerolinecolor: line, automargin: true };
    const layout = {
      paper_bgcolor: "transparent", plot_bgcolor: "transparent", font: { color: style.color, size: 13 }, margin: { l: 60, r: 15, t: 15, b: 50 },
      legend: { orientation: "h", y: 1.12 }, ...figure.layout,
      xaxis: { ...axis, ...figure.layout.xaxis, title: { text: figure.layout.xaxis?.title } }, yaxis: { ...axis, ...figure.layout.yaxis, title: { text: figure.layout.yaxis?.title } },
    };
    Plotly.react(`chart-${name}`, figure.data, layout, { responsive: true, displayModeBar: false });
  }
}

/* Which part is shown: #problem-3 is the fourth problem */

function route() {
  const match = /^#problem-(\d+)$/.exec(location.hash), number = match ? Number(match[1]) : -1;
  const one = number >= 0 && number < DATA.rows.length;
  const was = !at("problem").hidden;
  at("problem").hidden = !one;
  at("overview").hidden = one;
  if (one) showProblem(number);
  else if (was) { at("problem").replaceChildren(); at("problems").focus(); at("problems").scrollIntoView(); dispatchEvent(new Event("resize")); }
}

const table = new SortedTable(DATA.rows, COLUMNS, FILTERS);
for (const button of document.querySelectorAll("[data-filter]")) button.onclick = () => {
  at("filter").value = button.dataset.filter;
  table.arrange();
  at("problems").focus();
  at("problems").scrollIntoView();
};
route();
addEventListener("hashchange", route);
dark.addEventListener("change", () => { if (globalThis.Plotly) drawCharts(); });
