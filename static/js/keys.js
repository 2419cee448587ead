// One-key shortcuts: an element with data-key is focused (a field) or followed (a link).
// What a page does with further keys asks here: a press that is meant as a shortcut is told as `singlekey`, and
// whoever takes it prevents its default. Nobody else asks whether somebody types, or has single keys switched off.
// A box with data-keys-on switches them, on this device.
// On a phone the button with data-search opens the menu and goes to the search field.
(() => {
  const areOn = () => { try { return localStorage.getItem("keys") !== "off"; } catch { return true; } };
  const keep = (isOn) => { try { isOn ? localStorage.removeItem("keys") : localStorage.setItem("keys", "off"); } catch { /* a closed storage only forgets */ } };
  const isTyping = (element) => element.closest('input:not([type="checkbox"]), textarea, select, [contenteditable]') !== null;

  document.addEventListener("keydown", (event) => {
    if (!areOn() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
    const { key, shiftKey } = event;
    if (!document.dispatchEvent(new CustomEvent("singlekey", { cancelable: true, detail: { key, shiftKey } }))) {
      event.preventDefault();
      return;
    }
    const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!target) return;
    event.preventDefault();
    if (target.matches("input")) target.focus();
    else target.click();
  });

  for (const box of document.querySelectorAll("[data-keys-on]")) {
    box.checked = areOn();
    box.addEventListener("change", () => keep(box.checked));
  }

  document.querySelector("[data-search]")?.addEventListener("click", () => {
    requestAnimationFrame(() => document.querySelector('[data-key="/"]')?.focus());
  });
})();
