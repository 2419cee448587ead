// Draws the figures of the dashboards. A figure is JSON in the page; its colours are names of CSS custom
// properties, resolved here, so it is right in light and dark. Without this script words and tables stay.
// [data-chart] are the funnel's bars between its rows of text (portfolio/dashboards/charts.py), [data-figure]
// all others (portfolio/dashboards/drawing.py). A point with an address in customdata opens it.
(() => {
  const CONFIG = { displayModeBar: false, doubleClick: false, showTips: false, scrollZoom: false };
  const HALF = 0.5; // of a row: what charts.py draws a bar as
  const GAP = 8; // between a guide and its words
  const NARROW = 560; // pixels below which words at the end of a line move
  const ROW = 18; // of words above a plot
  const PLOTLY = document.currentScript.dataset.plotly; // a megabyte: words, tables and filters come before it
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

  const read = (id) => {
    const { resolve, done } = resolver();
    const figure = resolve(JSON.parse(document.getElementById(id).textContent));
    figure.layout.meta = { ...figure.layout.meta, paper: resolve("--bg") };
    done();
    return figure;
  };

  const listen = (chart, plot) => {
    if (seen.has(chart)) return;
    seen.add(chart);
    plot.on("plotly_hover", ({ points }) => plot.classList.toggle("over", Boolean(points[0].customdata)));
    plot.on("plotly_unhover", () => plot.classList.remove("over"));
    plot.on("plotly_click", ({ points }) => { if (points[0].customdata) location.assign(points[0].customdata); });
    watch.observe(chart);
  };

  const drawRows = (chart) => {
    const plot = plotOf(chart);
    chart.classList.add("drawn");
    const figure = read(chart.dataset.chart);
    fit(figure, plot, chart.querySelectorAll("li").length);
    // On a narrow screen words stand under the whole bar, where a guide or a mark would cross them.
    if (plot.offsetLeft === 0) {
      figure.layout.shapes = figure.layout.shapes.filter((shape) => shape.name !== "guide");
      for (const shape of figure.layout.shapes) shape.y1 = shape.y0 + figure.data[0].width;
    }
    const layout = { ...figure.layout, width: plot.clientWidth, height: plot.clientHeight };
    Plotly.react(plot, figure.data, layout, CONFIG);
    placeWords(chart, plot);
    listen(chart, plot);
  };

  // Words that have a square of their colour stand above the plot, those of one height in one row; it keeps its height.
  const above = (layout) => {
    const ends = layout.annotations.filter((word) => word.name === "end").sort((a, b) => b.y - a.y || b.yshift - a.yshift);
    const rows = [...new Set(ends.map((word) => word.y))].map((y) => ends.filter((word) => word.y === y));
    const at = { x: 0, y: 1, xref: "paper", yref: "paper", xanchor: "left", yanchor: "middle", showarrow: false };
    layout.annotations = layout.annotations.filter((word) => word.name !== "end");
    rows.forEach((row, place) => {
      const yshift = ROW * (rows.length - place);
      const key = row.map((word) => layout.meta.keys[word.text]).find(Boolean);
      const text = row.map((word) => word.text).join(", ");
      if (key) layout.annotations.push({ ...at, text: "■", xshift: -layout.margin.l, yshift, font: { color: key, size: 18 } });
      layout.annotations.push({ ...at, text, xshift: 18 - layout.margin.l, yshift, font: { color: row[0].font.color } });
    });
    layout.margin.t += ROW * rows.length;
  };

  // The axis grows until the words right of its points end inside the figure.
  const widen = ({ annotations, xaxis, margin, font }, width) => {
    const pen = document.createElement("canvas").getContext("2d");
    const inside = width - margin.l - margin.r;
    const [first, last] = xaxis.range;
    const wanted = annotations.map((word) => {
      pen.font = `${word.font.weight} ${word.font.size}px ${font.family}`;
      const room = inside + margin.r - GAP - word.xshift - pen.measureText(word.text).width;
      return first + ((word.x - first) * inside) / Math.max(room, inside / 4);
    });
    xaxis.range = [first, Math.max(last, ...wanted)];
  };

  // What stood right of the last point moves over it or above the plot, every second word of a full axis goes.
  const narrow = ({ data, layout }, width) => {
    layout.margin.r = Math.min(layout.margin.r, 16);
    for (const { marker } of data) if (marker?.size) marker.size *= 0.75;
    if (layout.meta.keys) above(layout);
    if (layout.meta.widens) widen(layout, width);
    for (const word of layout.annotations) {
      if (word.name === "end") Object.assign(word, { xanchor: "right", xshift: -2, yshift: word.yshift + 10, bgcolor: layout.meta.paper });
    }
    const { tickvals, ticktext } = layout.xaxis;
    if (tickvals.length > 6 && !layout.meta.keeps_words) {
      const kept = tickvals.map((_, place) => (tickvals.length - 1 - place) % 2 === 0);
      layout.xaxis.tickvals = tickvals.filter((_, place) => kept[place]);
      layout.xaxis.ticktext = ticktext.filter((_, place) => kept[place]);
    }
  };

  const drawFigure = (chart) => {
    const figure = read(chart.dataset.figure);
    const isNarrow = chart.clientWidth < NARROW;
    const other = isNarrow ? "wide" : "narrow";
    figure.layout.annotations = figure.layout.annotations.filter((word) => word.name !== other);
    if (isNarrow) narrow(figure, chart.clientWidth);
    Plotly.react(chart, figure.data, { ...figure.layout, width: chart.clientWidth }, CONFIG);
    listen(chart, chart);
  };

  const plotOf = (chart) => chart.querySelector("[data-plot]") ?? chart;
  const draw = (chart) => ("figure" in chart.dataset ? drawFigure : drawRows)(chart);
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
      Plotly.purge(plotOf(chart));
      seen.delete(chart);
    }
    const charts = document.querySelectorAll("[data-chart], [data-figure]");
    if (window.Plotly) redraw(charts);
    else if (charts.length) fetchPlotly();
  };

  let asked = false;
  const fetchPlotly = () => {
    if (asked || !PLOTLY) return;
    asked = true;
    const script = Object.assign(document.createElement("script"), { src: PLOTLY });
    script.addEventListener("load", drawAll);
    document.head.append(script);
  };

  requestAnimationFrame(() => setTimeout(drawAll)); // once the page has been painted
  document.addEventListener("htmx:afterSettle", drawAll);
  document.addEventListener("themechange", drawAll);
  // Paper is white and has a width of its own.
  matchMedia("print").addEventListener("change", drawAll);
  // Words are measured: once more when the page's own font has come.
  document.fonts.ready.then(() => { if (window.Plotly) drawAll(); });
})();
