// Turns the as-of day into a scale of months: each step is the end of a month, the last one is today.
// Without this script the day is typed.
(() => {
  const endOfMonth = (first, step) => {
    const [year, month] = first.split("-").map(Number);
    return new Date(Date.UTC(year, month + step, 0)).toISOString().slice(0, 10);
  };

  const arm = (form) => {
    const range = form.querySelector("input[type=range]");
    const day = form.querySelector("input[type=date]");
    const fill = () => range.style.setProperty("--at", `${(100 * range.value) / Math.max(1, range.max)}%`);
    if (Number(range.max) === 0) return;
    form.querySelector(".slide").hidden = false;
    form.querySelector(".day").hidden = true;
    fill();
    range.addEventListener("input", () => {
      const isToday = range.value === range.max;
      day.value = isToday ? day.max : endOfMonth(form.dataset.first, Number(range.value));
      fill();
    });
    range.addEventListener("change", () => form.requestSubmit());
  };

  const armAll = () => {
    for (const form of document.querySelectorAll("[data-as-of]:not([data-armed])")) {
      form.dataset.armed = "";
      arm(form);
    }
  };
  armAll();
  document.addEventListener("htmx:afterSettle", armAll);
})();
