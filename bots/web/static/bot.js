// Keeps the head of a bot's page as it is, and what stands beside its charts.
"use strict";

(() => {
  const AT_MOST_EVERY_MS = 2000;
  const AT_LEAST_EVERY_MS = 10000;
  const bot = document.getElementById("bot");
  const side = document.getElementById("side");
  let pressed = false;
  let waiting = null;

  // Between the press of a button and its release nothing moves away from under the pointer.
  bot.addEventListener("pointerdown", () => { pressed = true; });
  document.addEventListener("pointerup", () => {
    pressed = false;
    if (waiting) setTimeout(() => { if (waiting) show(waiting); });
  });

  function show(html) {
    waiting = null;
    const made = document.createElement("template");
    made.innerHTML = html.trim();
    if (made.content.firstElementChild.dataset.mark === bot.firstElementChild?.dataset.mark) return;
    const focused = bot.contains(document.activeElement) ? document.activeElement.textContent : null;
    bot.replaceChildren(made.content);
    htmx.process(bot);
    console_.showAges();
    if (focused !== null) {
      const same = [...bot.querySelectorAll("button, a")].find((each) => each.textContent === focused);
      (same || bot.querySelector("button, a") || document.getElementById("main")).focus();
    }
    document.dispatchEvent(new Event("bot-changed"));
  }

  function heard(kind, data) {
    if (kind === "gone") {
      news.end();
      clearInterval(looking);
      pressed = false;
      show(data.html);
    } else if (kind === "head") {
      if (pressed) waiting = data.html;
      else show(data.html);
    }
  }

  // --- Beside the charts: bars come and health changes without a word in the head --------------------------------

  let asking = false, again = false, asked = Date.now();

  async function look() {
    if (!side) return;
    if (asking) { again = true; return; }
    asking = true;
    asked = Date.now();
    try {
      const answer = await fetch(side.dataset.source);
      if (answer.ok && !answer.redirected) side.innerHTML = await answer.text();
    } catch {
      // The note about the lost connection says it; what is shown says from when it is.
    } finally {
      setTimeout(() => { asking = false; if (again) { again = false; look(); } }, AT_MOST_EVERY_MS);
    }
  }

  document.addEventListener("bot-changed", look);
  const looking = setInterval(() => {
    if (!document.hidden && Date.now() - asked >= AT_LEAST_EVERY_MS) document.dispatchEvent(new Event("bot-changed"));
  }, 1000);

  // Where there are more tabs than room, the one that is open is in sight.
  document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

  const news = new console_.News(bot.dataset.news, heard);
})();
