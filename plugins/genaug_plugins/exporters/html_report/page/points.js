
// Points of a chart that are samples: hovering shows the sample, and so do the arrow keys; a click, a tap
// or Enter opens it.
async function startPoints(plot) {
  const { points, pictures } = await behind();
  const said = plot.closest("figure").querySelector(".said");
  const thumbs = points[plot.dataset.points].map(([trace, place, picture, alt, facts]) => (
    { trace, place, picture: pictures.get(picture), alt, facts }));
  const byPoint = new Map(thumbs.map((thumb) => [`${thumb.trace} ${thumb.place}`, thumb]));
  const pictured = ({ points: [point] }) => byPoint.get(`${point.curveNumber} ${point.pointNumber}`);
  let current = -1;

  // Beside the label that the chart draws at the point; beside the chart where it draws none.
  function showPoint(thumb) {
    current = thumbs.indexOf(thumb);
    showCard(thumb, () => (plot.querySelector(".hovertext") || plot).getBoundingClientRect());
  }

  plot.on("plotly_hover", (event) => {
    const thumb = pictured(event);
    if (thumb) showPoint(thumb);
    else hideCard();
  });
  plot.on("plotly_unhover", hideCard);
  plot.on("plotly_click", (event) => {
    const thumb = pictured(event);
    if (thumb) show(thumb);
  });
  plot.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && current >= 0) {
      event.preventDefault(); // or it would press the dialog's button
      show(thumbs[current]);
    }
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    current = Math.max(0, Math.min(current + step, thumbs.length - 1));
    const { trace: curveNumber, place: pointNumber } = thumbs[current];
    Plotly.Fx.hover(plot, [{ curveNumber, pointNumber }]); // of which it sends no event
    showPoint(thumbs[current]);
    setTimeout(() => { if (!card.hidden) placeCard(); }, 100); // labels follow fast keys with a delay of 50 ms
    said.textContent = thumbs[current].alt;
  });
  plot.addEventListener("blur", () => { Plotly.Fx.unhover(plot); hideCard(); });
}
