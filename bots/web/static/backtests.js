"use strict";
// Bars that are sent, and equity that is drawn.
(() => {
  const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

  const upload = document.getElementById("trial-upload");
  upload?.addEventListener("change", async () => {
    const file = upload.files[0], told = document.getElementById("trial-outcome");
    if (!file) return;
    const line = document.createElement("p");
    told.replaceChildren(line);
    line.textContent = `Sending ${file.name}…`;
    const response = await fetch(`/backtests/bars?name=${encodeURIComponent(file.name)}`, {
      method: "POST",
      headers: { "Content-Type": "text/csv", "X-CSRF-Token": token() },
      body: file,
    }).catch(() => null);
    const answer = await response?.json().catch(() => null);
    upload.value = "";
    if (!response?.ok || !answer?.key) {
      line.className = "notice notice-bad";
      line.setAttribute("role", "alert");
      line.textContent = answer?.sentence ?? answer?.detail ?? "The file did not arrive.";
      return;
    }
    const choice = document.createElement("option");
    choice.value = answer.key;
    choice.textContent = answer.label;
    const bars = document.getElementById("trial-bars");
    bars.append(choice);
    bars.value = answer.key;
    line.textContent = `${answer.label} is there, and chosen.`;
  });

  for (const time of document.querySelectorAll("time[data-seconds]")) {
    const when = new Date(Number(time.dataset.seconds) * 1000);
    time.dateTime = when.toISOString();
    time.title = when.toLocaleString();
  }

  // -- curves ----------------------------------------------------------------------------------------------------

  const box = document.querySelector("[data-curves]");
  if (!box || typeof LightweightCharts === "undefined") return;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const colour = name => getComputedStyle(box).getPropertyValue(name).trim();
  const chart = LightweightCharts.createChart(box, {
    autoSize: true,
    layout: { attributionLogo: false, background: { color: "transparent" }, fontFamily: getComputedStyle(box).fontFamily },
    rightPriceScale: { borderVisible: false },
    timeScale: { borderVisible: false, timeVisible: true },
    crosshair: { mode: 0 },
  });
  const lines = [];

  function paint() {
    chart.applyOptions({
      layout: { textColor: colour("--curve-text") },
      grid: { vertLines: { color: colour("--curve-grid") }, horzLines: { color: colour("--curve-grid") } },
    });
    lines.forEach((line, number) => line.applyOptions({ color: colour(`--curve-${number % 6}`) }));
  }

  function rising(points) {
    // The chart takes each second once.
    return points.filter((point, number) => number === 0 || point.time > points[number - 1].time);
  }

  fetch(box.dataset.curves).then(response => response.ok ? response.json() : Promise.reject(response)).then(curves => {
    curves.forEach((curve, number) => {
      const line = chart.addSeries(LightweightCharts.LineSeries, {
        lineWidth: 2, lineStyle: [0, 2, 1, 3, 4, 0][number % 6], title: String(number + 1), priceLineVisible: false,
      });
      line.setData(rising(curve.points));
      lines.push(line);
    });
    paint();
    chart.timeScale().fitContent();
    dark.addEventListener("change", paint);
  }).catch(() => {
    const told = document.querySelector(".curves-told");
    told.hidden = false;
    told.textContent = "The curves cannot be drawn: the console does not answer as it should.";
  });
})();
