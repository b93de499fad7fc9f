// Charts: drawn in the colours of the page, and again when these change.
const dark = matchMedia("(prefers-color-scheme: dark)");

function themed(layout) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = { gridcolor: colour("--line"), linecolor: colour("--line"), zerolinecolor: colour("--muted"), automargin: true };
  // Okabe & Ito (2008): told apart with every kind of colour vision.
  const wheel = dark.matches
    ? ["#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#d55e00"]
    : ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
  const template = {
    layout: {
      font: { family: "system-ui, sans-serif", size: 13, color: colour("--text") },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", colorway: wheel,
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
      xaxis: axis, yaxis: axis, hoverlabel: { bgcolor: colour("--surface"), bordercolor: colour("--line"), font: { color: colour("--text") } },
    },
    data: { bar: [{ error_x: { color: colour("--muted") }, error_y: { color: colour("--muted") } }] },
  };
  const margin = { l: 48, r: 12, t: layout.title ? 44 : 12, b: 44, ...layout.margin };
  return { dragmode: false, autosize: true, ...layout, width: undefined, margin, template };
}

// Traces differ by dash, symbol or pattern too, where the chart does not set these: colour is not enough.
const DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"];
const SYMBOLS = ["circle", "diamond", "square", "triangle-up", "x", "star"];
const PATTERNS = ["", "/", ".", "x", "-", "+"];
function distinct(trace, place, traces) {
  const turn = (marks) => marks[place % marks.length];
  if (traces.length === 1) return trace;
  if (trace.type === "bar") return { ...trace, marker: { pattern: { shape: turn(PATTERNS) }, ...trace.marker } };
  if ((trace.type || "scatter") !== "scatter") return trace;
  const mode = trace.mode || "lines";
  const line = mode.includes("lines") ? { line: { dash: turn(DASHES), ...trace.line } } : {};
  const marker = mode.includes("markers") ? { marker: { symbol: turn(SYMBOLS), ...trace.marker } } : {};
  return { ...trace, ...line, ...marker };
}

function drawChart(plot) {
  const { data, layout } = JSON.parse(plot.nextElementSibling.textContent);
  return Plotly.react(plot, data.map(distinct), themed(layout || {}), { displayModeBar: false, responsive: true });
}

const drawn = [];
async function firstDraw(plot) {
  try {
    await chartLibrary();
  } catch {
    plot.textContent = "This browser is too old to draw charts: it cannot decompress.";
    return;
  }
  await drawChart(plot);
  drawn.push(plot);
  if (plot.dataset.points) startPoints(plot);
}
whenNear(document.querySelectorAll(".plot"), firstDraw);
dark.addEventListener("change", () => drawn.forEach(drawChart));
