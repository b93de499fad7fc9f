
// Candidates: filtered by sliders, sorted, and tagged to keep or to drop; tags are saved as a file.
async function startBrowser(section) {
  const box = section.querySelector(".browser");
  const { pictures, browser: { candidates, scores, classes, outcomes, pool } } = await behind();
  const form = box.querySelector("form");
  const grid = box.querySelector(".tiles-of-candidates");
  const more = box.querySelector(".more");
  // Tags are kept by the browser for this report, where it allows that: they are there after a reload.
  const KEPT = `genaug tags ${section.dataset.pool}`;
  let kept = null;
  try { kept = JSON.parse(localStorage.getItem(KEPT)); } catch { /* no storage, or other content */ }
  const known = new Set(candidates.map((one) => one.id));
  const tags = new Map(Array.isArray(kept) ? kept.filter(([id, tag]) => known.has(id) && ["keep", "drop"].includes(tag)) : []);
  const keep = () => { try { localStorage.setItem(KEPT, JSON.stringify([...tags])); } catch { /* not kept */ } };
  const AT_ONCE = 200;
  let limit = AT_ONCE;
  let matching = [];

  const option = (select, text, value) => select.append(new Option(text, value));
  classes.forEach((name) => option(form.elements.class, name, name));
  outcomes.forEach((name) => option(form.elements.outcome, name, name));
  option(form.elements.sort, "outcome", "outcome");
  scores.forEach((name, place) => option(form.elements.sort, name, String(place)));

  // Two sliders a score, over its ranks: scores are rarely spread evenly.
  const short = (value) => String(Number(value.toPrecision(3)));
  const sliders = scores.map((name, place) => {
    const values = [...new Set(candidates.map((one) => one.scores[place]).filter((value) => value !== null))].sort((a, b) => a - b);
    const field = document.createElement("fieldset");
    const legend = document.createElement("legend");
    const said = document.createElement("output");
    legend.textContent = name;
    const ends = ["at least", "at most"].map((which, end) => {
      const label = document.createElement("label");
      const input = document.createElement("input");
      Object.assign(input, { type: "range", min: 0, max: values.length - 1, step: 1 });
      input.value = String(end ? values.length - 1 : 0);
      input.setAttribute("aria-label", `${name}, ${which}`);
      label.append(which, input);
      return [label, input];
    });
    const [low, high] = ends.map(([, input]) => input);
    const moved = () => Number(low.value) > 0 || Number(high.value) < values.length - 1;
    const bounds = () => [values[Number(low.value)], values[Number(high.value)]];
    const say = () => { said.textContent = moved() ? bounds().map(short).join(" to ") : "all"; };
    field.addEventListener("input", say);
    say();
    legend.append(" ", said);
    field.append(legend, ...ends.map(([label]) => label));
    form.querySelector(".sliders").append(field);
    return (one) => {
      if (!moved()) return true;
      const [least, most] = bounds();
      return one.scores[place] !== null && one.scores[place] >= least && one.scores[place] <= most;
    };
  });

  // Tiles are made when they are first shown.
  const made = new Map();
  function tile(place) {
    if (made.has(place)) return made.get(place);
    const one = candidates[place];
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tile-of-candidate";
    button.tabIndex = -1;
    const words = document.createElement("small");
    const picture = pictures.get(one.picture);
    words.textContent = picture ? one.class : `${one.class} ${one.id.slice(0, 6)}`;
    button.append(...drawPicture(picture, ""), words, document.createElement("b"));
    const sample = { picture, alt: "", facts: one.facts };
    const open = () => showCard(sample, () => button.getBoundingClientRect());
    button.addEventListener("click", () => {
      if (form.elements.click.value === "open") show(sample);
      else setTag(place, next[tags.get(one.id) || ""]);
    });
    button.addEventListener("pointerenter", (event) => { if (event.pointerType !== "touch") open(); });
    button.addEventListener("pointerleave", hideCard);
    button.addEventListener("focus", () => { if (button.matches(":focus-visible")) open(); });
    button.addEventListener("blur", hideCard);
    made.set(place, button);
    label(place);
    return button;
  }

  function label(place) {
    const { class: name, outcome, id } = candidates[place];
    const tag = tags.get(id) || "";
    const button = made.get(place);
    if (!button) return;
    button.dataset.tag = tag;
    button.querySelector("b").textContent = { keep: "✓ keep", drop: "✕ drop" }[tag] || "";
    button.setAttribute("aria-label", `candidate of ${name}, ${outcome}, ${tag ? `tagged ${tag}` : "no tag"}`);
  }

  function setTag(place, tag) {
    if (tag) tags.set(candidates[place].id, tag);
    else tags.delete(candidates[place].id);
    keep();
    candidates.forEach((one, other) => { if (one.id === candidates[place].id) label(other); }); // twins
    count();
  }

  function count() {
    const kept = [...tags.values()].filter((tag) => tag === "keep").length;
    box.querySelector(".shown").textContent =
      `${matching.length} of ${candidates.length} candidates match. Tagged: ${kept} keep, ${tags.size - kept} drop.`;
    box.querySelectorAll("[data-save]").forEach((button) => { button.disabled = !tags.size; });
  }

  function draw() {
    const wanted = (name) => form.elements[name].value;
    const order = Number(wanted("order"));
    const key = wanted("sort");
    matching = candidates.map((_, place) => place).filter((place) => {
      const one = candidates[place];
      return (!wanted("class") || one.class === wanted("class"))
        && (!wanted("outcome") || one.outcome === wanted("outcome"))
        && (!wanted("tag") || (tags.get(one.id) || "none") === wanted("tag"))
        && sliders.every((passes) => passes(one));
    });
    const by = (place) => (key === "" ? classes.indexOf(candidates[place].class)
      : key === "outcome" ? outcomes.indexOf(candidates[place].outcome) : candidates[place].scores[Number(key)]);
    matching.sort((a, b) => {
      const [one, other] = [by(a), by(b)];
      if (one === other) return a - b;
      if (one === null || other === null) return one === null ? 1 : -1; // without a score: last
      return order * (one - other);
    });
    grid.replaceChildren(...matching.slice(0, limit).map(tile));
    if (!grid.querySelector("[tabindex='0']") && matching.length) tile(matching[0]).tabIndex = 0;
    more.hidden = matching.length <= limit;
    count();
  }

  const next = { "": "keep", keep: "drop", drop: "" };
  grid.addEventListener("keydown", (event) => {
    const shown = [...grid.children];
    const at = shown.indexOf(document.activeElement);
    if (at < 0) return;
    const tag = { k: "keep", d: "drop", u: "" }[event.key.toLowerCase()];
    if (tag !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) setTag(matching[at], tag);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || !shown[at + step]) return;
    event.preventDefault();
    shown.forEach((one) => { one.tabIndex = -1; });
    shown[at + step].tabIndex = 0;
    shown[at + step].focus();
  });

  function save(kind) {
    const entries = [...tags].sort(([a], [b]) => (a < b ? -1 : 1));
    const text = kind === "json"
      ? `${JSON.stringify({ candidates: pool, tags: Object.fromEntries(entries) }, null, 1)}\n`
      : `${["id,tag", ...entries.map((entry) => entry.join(","))].join("\n")}\n`;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: kind === "json" ? "application/json" : "text/csv" }));
    link.download = `tags.${kind}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  form.addEventListener("input", () => { limit = AT_ONCE; draw(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => { limit += AT_ONCE; draw(); });
  for (const button of box.querySelectorAll("[data-all]")) {
    button.addEventListener("click", () => matching.forEach((place) => setTag(place, button.dataset.all)));
  }
  for (const button of box.querySelectorAll("[data-save]")) {
    button.addEventListener("click", () => save(button.dataset.save));
  }
  box.hidden = false;
  draw();
}
whenNear(document.querySelectorAll("#browser"), startBrowser);
