// The table of runs: sorted by a column; runs without a value come last.
const runs = document.querySelector(".runs-table tbody");
const sorters = [...document.querySelectorAll("[data-sort]")];
const sortBy = document.querySelector(".sort-by select");

function sortRuns(column, down) {
  const value = (row) => JSON.parse(row.dataset.order)[column];
  const order = (one, two) => (typeof one === "number" ? one - two : String(one).localeCompare(String(two), undefined, { numeric: true }));
  const rows = [...runs.rows].sort((one, two) => {
    const [a, b] = [value(one), value(two)];
    if (a === null || b === null) return (a === null) - (b === null);
    return down ? order(b, a) : order(a, b);
  });
  runs.append(...rows);
  for (const button of sorters) {
    const sorted = button.dataset.sort === column;
    button.closest("th").setAttribute("aria-sort", sorted ? (down ? "descending" : "ascending") : "none");
  }
  sortBy.value = column;
}

const numbers = ["effect", "best", "time"]; // the highest and the newest first
for (const button of sorters) {
  button.addEventListener("click", () => {
    const column = button.dataset.sort;
    const now = button.closest("th").getAttribute("aria-sort");
    sortRuns(column, now === "none" ? numbers.includes(column) : now === "ascending");
  });
}
sortBy.addEventListener("change", () => sortRuns(sortBy.value, numbers.includes(sortBy.value)));
