// Turns the as-of day into a scale of months: each step is the end of a month, the last one is today.
// Without this script the day is typed.
(() => {
  // Presses that follow each other so closely ask for one day, the last one.
  const PAUSE = 600;
  const RANGE = "[data-as-of] input[type=range]";
  let timer = 0;
  let wanted = null; // the step chosen and not asked for yet; it outlives a swap
  let hadFocus = false;

  const endOfMonth = (first, step) => {
    const [year, month] = first.split("-").map(Number);
    return new Date(Date.UTC(year, month + step, 0)).toISOString().slice(0, 10);
  };

  const inWords = (day) => {
    const parts = { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" };
    const said = Object.fromEntries(
      new Intl.DateTimeFormat("en-GB", parts).formatToParts(new Date(day)).map(({ type, value }) => [type, value]),
    );
    // As the page writes days: September is “Sep”.
    return `${said.weekday} ${said.day} ${said.month.slice(0, 3)} ${said.year}`;
  };

  const choose = (form, range) => {
    const day = form.querySelector("input[type=date]");
    const isToday = range.value === range.max;
    day.value = isToday ? day.max : endOfMonth(form.dataset.first, Number(range.value));
    const said = isToday ? `Today, ${inWords(day.max)}` : inWords(day.value);
    range.setAttribute("aria-valuetext", said);
    form.querySelector("[data-chosen]").textContent = inWords(day.value);
  };

  const fill = (range) => range.style.setProperty("--at", `${(100 * range.value) / Math.max(1, range.max)}%`);

  const askSoon = (form, range) => {
    wanted = range.value;
    clearTimeout(timer);
    timer = setTimeout(() => {
      wanted = null;
      form.requestSubmit();
    }, PAUSE);
  };

  const arm = (form) => {
    const range = form.querySelector("input[type=range]");
    if (Number(range.max) === 0) return;
    form.querySelector(".slide").hidden = false;
    form.querySelector(".day").hidden = true;
    if (wanted !== null) {
      // Pressed on while the answer was under way: what it brought is one step behind.
      range.value = wanted;
      choose(form, range);
      askSoon(form, range);
    }
    fill(range);
    range.addEventListener("input", () => {
      choose(form, range);
      fill(range);
      // A key that is held, or the next press, puts off a question that is due.
      if (wanted !== null) askSoon(form, range);
    });
    range.addEventListener("change", () => askSoon(form, range));
  };

  const armAll = () => {
    for (const form of document.querySelectorAll("[data-as-of]:not([data-armed])")) {
      form.dataset.armed = "";
      arm(form);
    }
  };
  armAll();
  document.addEventListener("htmx:beforeSwap", () => {
    hadFocus = Boolean(document.activeElement?.matches(RANGE));
  });
  document.addEventListener("htmx:afterSettle", () => {
    armAll();
    if (hadFocus) document.querySelector(RANGE)?.focus({ preventScroll: true });
    hadFocus = false;
  });
})();
