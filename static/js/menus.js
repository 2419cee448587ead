// Menus are <details data-menu>: this closes them on Escape, on a click elsewhere, and when another opens.
// Toasts go away when dismissed. After a refused form the summary takes the focus.
const openMenus = () => document.querySelectorAll("details[data-menu][open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  event.target.closest("[data-dismiss]")?.closest(".toast").remove();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A swap takes away the menu somebody was in; the focus goes to the one that came in its place.
let left = null;
document.addEventListener("htmx:beforeSwap", () => {
  left = document.activeElement?.closest("details[data-menu]")?.querySelector("summary")?.id;
});
document.addEventListener("htmx:afterSettle", () => {
  if (left) document.getElementById(left)?.focus();
  left = null;
});

const goToErrors = () => document.querySelector("[data-errors]")?.focus();
goToErrors();
document.addEventListener("htmx:afterSettle", goToErrors);

// On a phone a row of tabs runs over the edge: the open one is brought into sight.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const row = tab.closest(".tabs");
  const [place, frame] = [tab.getBoundingClientRect(), row.getBoundingClientRect()];
  row.scrollLeft += place.left + place.width / 2 - (frame.left + frame.width / 2);
}
