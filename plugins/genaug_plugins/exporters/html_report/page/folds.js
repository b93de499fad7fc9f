
// Sections fold; on phones they start closed, and a link into one opens it.
const folds = [...document.querySelectorAll("details.fold")];
if (matchMedia("(max-width: 38rem)").matches) folds.forEach((fold) => { fold.open = false; });

function unfold(hash) {
  const target = hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
  const fold = target && (target.querySelector("details.fold") || target.closest("details.fold"));
  if (fold) fold.open = true;
}
for (const link of document.querySelectorAll("a[href^='#']")) link.addEventListener("click", () => unfold(link.hash));
addEventListener("hashchange", () => unfold(location.hash));
addEventListener("beforeprint", () => folds.forEach((fold) => { fold.open = true; }));
unfold(location.hash);
