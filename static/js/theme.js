// Light or dark: the system decides until somebody chooses. Runs before the first paint, so nothing flashes.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const read = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const keep = (theme) => { try { theme ? localStorage.setItem("theme", theme) : localStorage.removeItem("theme"); } catch { /* a closed storage only forgets */ } };
  const apply = (theme) => { theme ? root.setAttribute("data-theme", theme) : root.removeAttribute("data-theme"); };

  apply(read());

  addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const isDark = (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
        const next = isDark ? "light" : "dark";
        const chosen = (next === "dark") === system.matches ? null : next;
        keep(chosen);
        apply(chosen);
        document.dispatchEvent(new CustomEvent("themechange"));
      });
    }
  });
  system.addEventListener("change", () => document.dispatchEvent(new CustomEvent("themechange")));
})();
