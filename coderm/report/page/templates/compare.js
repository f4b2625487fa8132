/* The page of a comparison; table.js stands before it */
const DATA = JSON.parse(at("data").textContent);
const NUMBERS = Array.from({ length: DATA.runs }, (_, number) => number);

function changes(row) { return NUMBERS.slice(1).map((number) => row[`score${number}`] - row.score0); }

function scoreCell(number) {
  return (row) => {
    const change = row[`score${number}`] - row.score0;
    return element("td", { textContent: percent(row[`score${number}`]), className: change > 0 ? "good" : change < 0 ? "bad" : "" });
  };
}

function plainCell(name, format = (value) => value) { return (row) => element("td", { textContent: row[name] === null ? "-" : format(row[name]) }); }

const FILTERS = {
  all: () => true,
  changed: (row) => changes(row).some((change) => change !== 0),
  better: (row) => changes(row).some((change) => change > 0),
  worse: (row) => changes(row).some((change) => change < 0),
};
const COLUMNS = [
  ["task_id", "problem", plainCell("task_id")],
  ...NUMBERS.map((number) => [`score${number}`, `best-of-N % of ${number + 1}`, scoreCell(number)]),
  ...NUMBERS.map((number) => [`right${number}`, `right % of ${number + 1}`, plainCell(`right${number}`, percent)]),
  ...NUMBERS.map((number) => [`tests${number}`, `tests of ${number + 1}`, plainCell(`tests${number}`)]),
];
const table = new SortedTable(DATA.rows, COLUMNS, FILTERS);
