
// Samples: one stop of the tab key a row, arrow keys within it. Hovering or the focus of the keyboard
// shows what is known of one in a card beside it; Enter or a click shows it in a dialog.
const dialog = document.querySelector("dialog");
const card = document.querySelector(".hover-card");

// A picture is a data URI, or the markup of a drawing, in which all text of others is escaped.
function drawPicture(picture, alt) {
  if (!picture) return [];
  if (!picture.startsWith("<svg")) {
    const image = new Image();
    Object.assign(image, { decoding: "async", src: picture, alt });
    return [image];
  }
  const drawing = document.createElement("span");
  drawing.className = "drawing";
  drawing.innerHTML = picture;
  if (alt) {
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", alt);
  }
  return [drawing];
}

const pictureIn = (shown) => (shown.tagName === "IMG" ? shown.src : shown.innerHTML);

// What is known of the sample of a button on the page: its picture and facts.
function sampleOf(thumb) {
  const shown = thumb.querySelector("[data-key]");
  return { picture: pictureIn(shown), alt: shown.alt ?? shown.getAttribute("aria-label"), facts: JSON.parse(thumb.dataset.facts) };
}

// What the page has behind it, compressed: pictures, samples of points, candidates.
let read = null;
function behind() {
  read ??= unpack("behind").then((text) => {
    const content = JSON.parse(text);
    const pictures = new Map(Object.entries(content.pictures));
    for (const shown of document.querySelectorAll("[data-key]")) pictures.set(shown.dataset.key, pictureIn(shown));
    return { ...content, pictures };
  });
  return read;
}

function fill(box, { picture, alt, facts }) {
  box.querySelector(".shown-picture").replaceChildren(...drawPicture(picture, alt));
  const list = box.querySelector("dl");
  list.replaceChildren();
  for (const [label, text] of facts) {
    const term = document.createElement("dt");
    const fact = document.createElement("dd");
    term.textContent = label;
    fact.textContent = text;
    list.append(term, fact);
  }
}

function show(sample) {
  hideCard();
  fill(dialog, sample);
  dialog.showModal();
}

// The card stands beside something, where there is room: right, left, below or above of it.
let anchor = null;

function placeCard() {
  const gap = 10;
  const at = anchor();
  const { width, height } = card.getBoundingClientRect();
  const right = at.right + gap;
  const left = at.left - gap - width;
  const beside = right + width <= innerWidth || left >= 0;
  const x = right + width <= innerWidth ? right : left >= 0 ? left : (at.left + at.right - width) / 2;
  const below = at.bottom + gap + height <= innerHeight;
  const y = beside ? (at.top + at.bottom - height) / 2 : below ? at.bottom + gap : at.top - gap - height;
  card.style.left = `${Math.max(4, Math.min(x, innerWidth - width - 4))}px`;
  card.style.top = `${Math.max(4, Math.min(y, innerHeight - height - 4))}px`;
}

// `beside` returns a rectangle of the window.
function showCard(sample, beside) {
  fill(card, sample);
  card.hidden = false;
  anchor = beside;
  placeCard();
}

function hideCard() {
  card.hidden = true;
}

for (const thumbs of document.querySelectorAll(".thumbs")) {
  const all = [...thumbs.querySelectorAll(".thumb")];
  all.forEach((thumb, place) => { thumb.tabIndex = place ? -1 : 0; });
  thumbs.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const next = all[all.indexOf(document.activeElement) + step];
    if (!next) return;
    event.preventDefault();
    all.forEach((thumb) => { thumb.tabIndex = thumb === next ? 0 : -1; });
    next.focus();
  });
}
for (const thumb of document.querySelectorAll(".thumb")) {
  const open = () => showCard(sampleOf(thumb), () => thumb.getBoundingClientRect());
  thumb.addEventListener("click", () => show(sampleOf(thumb)));
  thumb.addEventListener("pointerenter", (event) => { if (event.pointerType !== "touch") open(); });
  thumb.addEventListener("pointerleave", hideCard);
  thumb.addEventListener("focus", () => { if (thumb.matches(":focus-visible")) open(); });
  thumb.addEventListener("blur", hideCard);
}
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
addEventListener("keydown", (event) => { if (event.key === "Escape") hideCard(); });
addEventListener("scroll", () => { if (!card.hidden) placeCard(); }, { passive: true });
