"use strict";

// Parts of the page that are compressed in it: read when they are needed.
async function unpack(id) {
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

let library = null;
function chartLibrary() {
  library ??= unpack("chart-library").then((code) => {
    const script = document.createElement("script");
    script.textContent = code;
    document.head.append(script);
  });
  return library;
}

// Call something once for each of some elements, as they come near the window; all of them before printing.
function whenNear(elements, call) {
  const waiting = new Set(elements);
  const near = new IntersectionObserver((entries) => {
    entries.filter((entry) => entry.isIntersecting).forEach((entry) => reach(entry.target));
  }, { rootMargin: "200px" });
  function reach(element) {
    if (!waiting.delete(element)) return;
    near.unobserve(element);
    call(element);
  }
  waiting.forEach((element) => near.observe(element));
  addEventListener("beforeprint", () => [...waiting].forEach(reach));
}
