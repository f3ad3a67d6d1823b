// A bot's bars and account as charts; drawn anew as they change, and in the colours of the page.
"use strict";

(() => {
  const { createChart, CandlestickSeries, BaselineSeries, LineSeries, createSeriesMarkers } = LightweightCharts;
  const bars = document.getElementById("bars");
  const account = document.getElementById("account");
  const dark = matchMedia("(prefers-color-scheme: dark)");

  const colour = (name) => {
    const probe = document.createElement("i");
    probe.className = `colour-${name}`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };

  function look() {
    return {
      autoSize: true,
      layout: { background: { color: "transparent" }, textColor: colour("quiet"), attributionLogo: false, fontFamily: "system-ui, sans-serif" },
      grid: { vertLines: { color: colour("grid") }, horzLines: { color: colour("grid") } },
      rightPriceScale: { borderVisible: false },
      timeScale: { borderVisible: false, timeVisible: true, secondsVisible: false },
      localization: { locale: "en-GB" },
    };
  }

  const barsChart = createChart(bars, look());
  const candles = barsChart.addSeries(CandlestickSeries, { autoscaleInfoProvider: withLevels });
  const marks = createSeriesMarkers(candles, []);
  const accountChart = createChart(account, look());
  const equity = accountChart.addSeries(LineSeries, { lineWidth: 2, priceLineVisible: false, title: "equity" });
  const drawdown = accountChart.addSeries(BaselineSeries, {
    priceScaleId: "left", baseValue: { type: "price", price: 0 }, lineWidth: 1, priceLineVisible: false, lastValueVisible: false,
    priceFormat: { type: "custom", formatter: (value) => (value > 0 ? "" : `${value.toFixed(1)} %`), minMove: 0.1 },
    autoscaleInfoProvider: (usual) => { const found = usual(); return found && { ...found, priceRange: { minValue: Math.min(found.priceRange.minValue, -0.5), maxValue: 0 } }; },
  });
  accountChart.applyOptions({ leftPriceScale: { visible: true, borderVisible: false } });
  accountChart.priceScale("left").applyOptions({ scaleMargins: { top: 0.65, bottom: 0 } });
  accountChart.priceScale("right").applyOptions({ scaleMargins: { top: 0.08, bottom: 0.4 } });
  let lines = [];
  let known = null;
  let shown = false;
  let far = new Set();

  // A level is seen beside the bars, unless they would be a mere line beside it.
  const FAR = 3;

  function withLevels(usual) {
    const found = usual();
    if (!found || !known) return found;
    const { minValue: low, maxValue: high } = found.priceRange;
    const reach = FAR * Math.max(high - low, Math.abs(high) * 0.001);
    const near = known.lines.filter(({ price }) => price >= low - reach && price <= high + reach);
    const left = new Set(known.lines.filter((line) => !near.includes(line)).map(({ price }) => price));
    if (left.size !== far.size || [...left].some((price) => !far.has(price))) {
      far = left;
      sayBars();
    }
    const prices = near.map(({ price }) => price);
    const priceRange = { minValue: Math.min(low, ...prices), maxValue: Math.max(high, ...prices) };
    bars.dataset.lowest = String(priceRange.minValue);
    bars.dataset.highest = String(priceRange.maxValue);
    return { ...found, priceRange };
  }

  function sayBars() {
    const last = known.candles[known.candles.length - 1];
    const levels = known.lines.map(({ title, price }) => `${title} ${price}${far.has(price) ? " (outside of the picture)" : ""}`).join(", ");
    say("bars-said", `${known.candles.length} bars of ${known.interval}, last close ${Number(last.close.toPrecision(8))}, ${known.marks.length} marks${levels ? `; ${levels}` : ""}`);
  }

  // What a person has moved or zoomed stays as it is.
  let moved = false;
  for (const kind of ["wheel", "pointerdown"]) account.addEventListener(kind, () => { moved = true; }, { passive: true });

  function paint() {
    barsChart.applyOptions(look());
    accountChart.applyOptions(look());
    const good = colour("good"), loss = colour("loss");
    candles.applyOptions({ upColor: good, downColor: loss, wickUpColor: good, wickDownColor: loss, borderVisible: false });
    equity.applyOptions({ color: colour("link") });
    drawdown.applyOptions({ bottomLineColor: loss, bottomFillColor1: colour("loss-ground"), bottomFillColor2: colour("loss-ground"), topLineColor: loss, topFillColor1: "transparent", topFillColor2: "transparent" });
    if (known) draw(known);
  }

  const SHAPES = {
    entry: { position: "belowBar", shape: "arrowUp", colour: "link" },
    gain: { position: "aboveBar", shape: "arrowDown", colour: "good" },
    loss: { position: "aboveBar", shape: "arrowDown", colour: "loss" },
  };

  function decimals(price) {
    const digits = Math.max(2, Math.min(8, 5 - Math.floor(Math.log10(Math.abs(price) || 1))));
    return { type: "price", precision: digits, minMove: 10 ** -digits };
  }

  function draw(told) {
    known = told;
    bars.hidden = !told.candles.length;
    say("bars-none", told.candles.length ? "" : told.no_bars || "It has no bars to show: they are kept while it runs.");
    if (told.candles.length) {
      const last = told.candles[told.candles.length - 1];
      candles.applyOptions({ priceFormat: decimals(last.close) });
      candles.setData(told.candles);
      marks.setMarkers(told.marks.map((mark) => ({ time: mark.time, text: told.marks.length > 40 ? "" : mark.text, position: SHAPES[mark.kind].position, shape: SHAPES[mark.kind].shape, color: colour(SHAPES[mark.kind].colour) })));
      for (const line of lines) candles.removePriceLine(line);
      lines = told.lines.map((line) => candles.createPriceLine({ price: line.price, title: line.title, color: colour({ entry: "link", stop: "loss", target: "good" }[line.kind]), lineStyle: line.kind === "entry" ? 0 : 2, lineWidth: 1, axisLabelVisible: true }));
      sayBars();
      if (!shown) {
        shown = true;
        const count = told.candles.length;
        barsChart.timeScale().setVisibleLogicalRange({ from: count - Math.min(count, 120), to: count + 4 });
      }
    }
    account.hidden = !told.account.length;
    say("account-none", told.account.length ? "" : told.no_curve || "Its account has no history yet.");
    if (told.account.length) {
      equity.setData(told.account.map(({ time, equity: value }) => ({ time, value })));
      drawdown.setData(told.account.map(({ time, drawdown: value }) => ({ time, value })));
      if (!moved) accountChart.timeScale().fitContent();
      const values = told.account.map((point) => point.equity);
      const deepest = Math.min(...told.account.map((point) => point.drawdown));
      say("account-said", `now ${values[values.length - 1].toFixed(2)}, lowest ${Math.min(...values).toFixed(2)}, highest ${Math.max(...values).toFixed(2)}, deepest drawdown ${(-deepest).toFixed(1)} %`);
    }
  }

  function say(id, sentence) {
    const place = document.getElementById(id);
    place.textContent = sentence;
    if (id.endsWith("-none")) place.hidden = !sentence;
  }

  let asking = false, again = false;

  async function ask() {
    if (asking) { again = true; return; }
    asking = true;
    try {
      const answer = await fetch(bars.dataset.source, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        draw(await answer.json());
        document.documentElement.dataset.drawn = String(Number(document.documentElement.dataset.drawn || 0) + 1);
      }
    } catch {
      // The note about the lost connection says it.
    } finally {
      setTimeout(() => { asking = false; if (again) { again = false; ask(); } }, 2000);
    }
  }

  document.addEventListener("bot-changed", ask);
  dark.addEventListener("change", paint);
  paint();
  ask();
})();
