// One-key shortcuts: an element with data-key is focused (a field) or followed (a link).
// Whoever switched single keys off (triage.js offers it) is left alone.
// On a phone the button with data-search opens the menu and goes to the search field.
const isTyping = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

const areOff = () => { try { return localStorage.getItem("keys") === "off"; } catch { return false; } };

document.addEventListener("keydown", (event) => {
  if (areOff() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!target) return;
  event.preventDefault();
  if (target.matches("input")) target.focus();
  else target.click();
});

document.querySelector("[data-search]")?.addEventListener("click", () => {
  requestAnimationFrame(() => document.querySelector('[data-key="/"]')?.focus());
});
