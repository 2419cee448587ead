// Draws the figures of portfolio/dashboards/charts.py. A figure is JSON in the page; its colours are names of
// CSS custom properties, resolved here, so it is right in light and dark. Without this script the words stay.
(() => {
  const CONFIG = { displayModeBar: false, doubleClick: false, showTips: false, scrollZoom: false };
  const HALF = 0.5; // of a row: what charts.py draws a bar as
  const GAP = 8; // between a guide and its words
  const seen = new Set();

  // A probe hands out resolved colours: custom properties alone would answer "light-dark(…)".
  const resolver = () => {
    const probe = document.createElement("span");
    probe.hidden = true;
    document.body.append(probe);
    const known = new Map();
    const colour = (name) => {
      if (!known.has(name)) {
        probe.style.setProperty("color", `var(${name})`);
        known.set(name, getComputedStyle(probe).color);
      }
      return known.get(name);
    };
    const font = getComputedStyle(document.body).fontFamily;
    const resolve = (value) => {
      if (typeof value === "string" && value.startsWith("--")) return value === "--font" ? font : colour(value);
      if (Array.isArray(value)) return value.map(resolve);
      if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
      return value;
    };
    return { resolve, done: () => probe.remove() };
  };

  // A bar keeps its height while a row may be higher: what lies inside a row moves up by the same share.
  const fit = (figure, plot, rows) => {
    const share = parseFloat(getComputedStyle(plot).getPropertyValue("--bar")) / (plot.clientHeight / rows);
    const within = (y) => Math.floor(y) + ((y % 1) * share) / HALF;
    for (const trace of figure.data) {
      trace.y = trace.y.map(within);
      trace.width = share;
    }
    for (const item of [...figure.layout.shapes, ...figure.layout.annotations]) {
      for (const key of ["y", "y0", "y1"]) if (key in item) item[key] = within(item[key]);
    }
    return figure;
  };

  // Words begin where the part of the bar they tell of begins; if they would leave the figure, they move left.
  const placeWords = (chart, plot) => {
    const start = plot.offsetLeft;
    for (const rest of chart.querySelectorAll("[data-at]")) {
      const at = Number(rest.dataset.at);
      const wanted = start === 0 ? 0 : start + at * plot.clientWidth + (at > 0 ? GAP : 0);
      const last = rest.parentElement.clientWidth - rest.offsetWidth;
      rest.style.setProperty("--rest-left", `${Math.max(0, Math.min(wanted, last))}px`);
    }
  };

  const draw = (chart) => {
    const plot = chart.querySelector("[data-plot]");
    const { resolve, done } = resolver();
    chart.classList.add("drawn");
    const figure = resolve(JSON.parse(document.getElementById(chart.dataset.chart).textContent));
    done();
    fit(figure, plot, chart.querySelectorAll("li").length);
    // On a narrow screen words stand under the whole bar, where a guide or a mark would cross them.
    if (plot.offsetLeft === 0) {
      figure.layout.shapes = figure.layout.shapes.filter((shape) => shape.name !== "guide");
      for (const shape of figure.layout.shapes) shape.y1 = shape.y0 + figure.data[0].width;
    }
    const layout = { ...figure.layout, width: plot.clientWidth, height: plot.clientHeight };
    Plotly.react(plot, figure.data, layout, CONFIG);
    placeWords(chart, plot);
    if (seen.has(chart)) return;
    seen.add(chart);
    plot.on("plotly_hover", () => plot.classList.add("over"));
    plot.on("plotly_unhover", () => plot.classList.remove("over"));
    plot.on("plotly_click", ({ points }) => { if (points[0].customdata) location.assign(points[0].customdata); });
    watch.observe(chart);
  };

  const redraw = (charts) => { for (const chart of charts) if (chart.isConnected) draw(chart); };
  const widths = new WeakMap();
  const watch = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      if (widths.has(target) && widths.get(target) !== contentRect.width) redraw([target]);
      widths.set(target, contentRect.width);
    }
  });

  const drawAll = () => {
    for (const chart of seen) {
      if (chart.isConnected) continue;
      watch.unobserve(chart);
      Plotly.purge(chart.querySelector("[data-plot]"));
      seen.delete(chart);
    }
    redraw(document.querySelectorAll("[data-chart]"));
  };

  if (!window.Plotly) return;
  drawAll();
  document.addEventListener("htmx:afterSettle", drawAll);
  document.addEventListener("themechange", drawAll);
  // Words are measured: once more when the page's own font has come.
  document.fonts.ready.then(drawAll);
})();
