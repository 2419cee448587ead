// Ticking rows of the list: the bar at the bottom shows once something is ticked. Without this script the
// bar stands below the table, and every box and button works as it is.
const picks = () => document.querySelector("[data-picks]");

const show = () => {
  const form = picks();
  if (!form) return;
  const boxes = [...form.querySelectorAll('input[name="pilot"]')];
  const ticked = boxes.filter((box) => box.checked);
  const matching = form.querySelector("[data-pick-matching]");
  const all = form.querySelector("[data-pick-all]");
  const isAll = matching?.checked ?? false;
  for (const box of boxes) box.closest("tr").classList.toggle("picked", box.checked || isAll);
  all.hidden = false;
  all.checked = ticked.length === boxes.length;
  all.indeterminate = ticked.length > 0 && ticked.length < boxes.length;
  form.querySelector("[data-pick-none]").hidden = false;
  const bar = form.querySelector("[data-bulk-bar]");
  bar.classList.add("floats");
  bar.hidden = ticked.length === 0 && !isAll;
  form.querySelector("[data-picked]").textContent = isAll ? "All selected" : `${ticked.length} selected`;
};

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-picks]");
  if (!form) return;
  if (event.target.matches("[data-pick-all]")) {
    for (const box of form.querySelectorAll('input[name="pilot"]')) box.checked = event.target.checked;
  }
  show();
});

const clear = () => {
  for (const box of picks().querySelectorAll('input[type="checkbox"]')) box.checked = false;
  show();
};

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-pick-none]")) return;
  clear();
  picks().querySelector('input[name="pilot"]')?.focus();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && picks()?.querySelector("tr.picked") && !document.querySelector("details[open]")) clear();
});

show();
document.addEventListener("htmx:afterSettle", show);
addEventListener("pageshow", show);
