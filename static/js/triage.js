// The list of what is stuck by keyboard: the focus goes from pilot to pilot, and the keys do what the links
// and buttons of the focused one do. Without this script all of them work as they are.
// An answer leads back to `#pilot-…`, `#first` or `#last`: there the focus goes on.
(() => {
  const list = document.querySelector("[data-triage]");
  if (!list) return;
  const rows = [...list.querySelectorAll("[data-triage-row]")];
  const help = document.querySelector("[data-triage-help]");
  const here = () => document.activeElement?.closest("[data-triage-row]") ?? null;
  let last = null;

  const go = (row) => {
    if (!row) return;
    last = row;
    row.querySelector("[data-triage-focus]").focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };

  const step = (by) => {
    const from = here() ?? last;
    const place = from ? rows.indexOf(from) + by : by > 0 ? 0 : rows.length - 1;
    go(rows[place]);
  };

  const say = (words) => {
    const toast = Object.assign(document.createElement("div"), { className: "toast", textContent: words });
    document.querySelector(".toasts")?.replaceChildren(toast);
    setTimeout(() => toast.remove(), 5000);
  };

  const answer = (key) => {
    const bulk = list.querySelector(".check:checked") && list.querySelector(`[data-triage-bulk="${key}"]`);
    const row = here();
    const target = bulk || row?.querySelector(`[data-triage-key="${key}"]`);
    if (target) target.click();
    else say(row ? "There is no flag to answer for here." : "Choose a pilot first: j and k move.");
  };

  const deeds = {
    j: () => step(1),
    k: () => step(-1),
    s: () => answer("s"),
    a: () => answer("a"),
    x: () => here()?.querySelector(".check")?.click(),
    o: () => here()?.querySelector("[data-triage-focus]").click(),
    "?": () => { help.open = !help.open; help.querySelector("summary").focus(); },
  };
  const arrows = { ArrowDown: 1, ArrowUp: -1 };

  // `keys.js` tells only what is meant as a shortcut.
  document.addEventListener("singlekey", (event) => {
    const { key, shiftKey } = event.detail;
    const isOnRow = document.activeElement?.matches("[data-triage-focus]");
    const deed = arrows[key] && isOnRow && !shiftKey ? () => step(arrows[key]) : deeds[key];
    if (!deed) return;
    event.preventDefault();
    deed();
  });

  help.hidden = false;

  // A browser that is done with a page goes to its fragment, and takes the focus off whatever else has it.
  const place = location.hash.slice(1);
  if (/^(first|last|pilot-.+)$/.test(place)) {
    const named = rows.find((row) => row.querySelector("[data-triage-focus]").id === place);
    addEventListener("load", () => requestAnimationFrame(() => go(named ?? rows.at(place === "last" ? -1 : 0))));
  }
})();
