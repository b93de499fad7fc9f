"use strict";

// Charts: drawn in the colours of the page, and again when these change.
const dark = matchMedia("(prefers-color-scheme: dark)");

function themed(layout) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = { gridcolor: colour("--line"), linecolor: colour("--line"), zerolinecolor: colour("--muted"), automargin: true };
  const wheel = dark.matches
    ? ["#84bfe6", "#e8a87c", "#8fcf9f", "#d3a4dc", "#e3c86a", "#f0917c"]
    : ["#1f6fa5", "#c2652a", "#2f8457", "#8a4fa0", "#94760f", "#ad3b26"];
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

function drawChart(plot) {
  const { data, layout } = JSON.parse(plot.nextElementSibling.textContent);
  return Plotly.react(plot, data, themed(layout || {}), { displayModeBar: false, responsive: true });
}

const plots = [...document.querySelectorAll(".plot")];
plots.forEach(drawChart);
dark.addEventListener("change", () => plots.forEach(drawChart));
