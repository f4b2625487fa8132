/* The page of a run or a service that goes on: asks for a look again and again */
const EVERY_MS = JSON.parse(at("settings").textContent).every_ms;
const KEPT = 600, WIDTH = 300, HEIGHT = 60;
const past = new Map();

function row(name, ...cells) { return element("tr", {}, element("th", { scope: "row", textContent: name }), ...cells); }

function counted(bar) { return [bar.done, bar.total].slice(0, bar.total ? 2 : 1).map((value) => value.toLocaleString("en")).join(" of "); }

function barRow(bar) {
  const progress = element("progress", { max: 1, value: bar.total ? Math.min(bar.done / bar.total, 1) : 0 });
  progress.setAttribute("aria-label", bar.name);
  return row(bar.name, element("td", {}, progress), element("td", { textContent: counted(bar) }), element("td", { textContent: bar.note, className: "text" }));
}

function line(name, points) {
  const most = Math.max(...points, 1e-9), drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const shape = document.createElementNS(drawing.namespaceURI, "polyline");
  const step = WIDTH / Math.max(points.length - 1, 1);
  shape.setAttribute("points", points.map((value, place) => `${(place * step).toFixed(1)},${(HEIGHT - 2 - (HEIGHT - 4) * value / most).toFixed(1)}`).join(" "));
  drawing.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  drawing.setAttribute("preserveAspectRatio", "none");
  drawing.setAttribute("role", "img");
  const now = points[points.length - 1].toLocaleString("en", { maximumSignificantDigits: 3 });
  drawing.setAttribute("aria-label", `${name}: ${now} now`);
  drawing.append(shape);
  return element("figure", { className: "speed" }, element("figcaption", { textContent: `${name}: ${now}` }), drawing);
}

function show(look) {
  document.title = `${look.title}: ${look.said}`;
  at("title").textContent = look.title;
  if (at("said").textContent !== look.said) at("said").textContent = look.said;
  at("said").className = look.state;
  at("bars").replaceChildren(...look.bars.map(barRow));
  at("facts").replaceChildren(...look.facts.map(([name, value]) => row(name, element("td", { textContent: value, className: "text" }))));
  for (const [name, value] of look.speed) past.set(name, [...(past.get(name) ?? []), value].slice(-KEPT));
  at("speeds").replaceChildren(...[...past].map(([name, points]) => line(name, points)));
  at("log").hidden = look.latest.length === 0;
  at("latest").textContent = look.latest.join("\n");
}

async function ask() {
  let again = true;
  try {
    const look = await (await fetch("look.json", { cache: "no-store" })).json();
    if (look.error) at("said").textContent = look.error;
    else {
      show(look);
      again = !["stopped", "finished"].includes(look.state);
    }
  } catch {
    at("said").textContent = "coderm watch has ended, so this page stands still. Start it again to go on.";
    at("said").className = "silent";
  }
  if (again) setTimeout(ask, EVERY_MS);
}

ask();
