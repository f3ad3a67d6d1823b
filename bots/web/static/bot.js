// Keeps the head of a bot's page as it is, and what stands beside its charts.
"use strict";

(() => {
  const AT_MOST_EVERY_MS = 2000;
  const AT_LEAST_EVERY_MS = 10000;
  const bot = document.getElementById("bot");
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
    if (!news.ended) document.dispatchEvent(new Event("bot-changed"));
  }

  function heard(kind, data) {
    if (kind === "gone") {
      news.end();
      clearInterval(looking);
      stopFollowingTheLog();
      pressed = false;
      show(data.html);
    } else if (kind === "head") {
      if (pressed) waiting = data.html;
      else show(data.html);
    }
  }

  // Each of its questions would be refused from now on, and that be told each time.
  function stopFollowingTheLog() {
    const follows = document.getElementById("follow");
    if (!follows) return;
    follows.checked = false;
    follows.disabled = true;
  }

  // --- What is asked for: bars come and health changes without a word in the head ---------------------------------

  // A part of the page that is asked for anew as the bot changes, while somebody looks at it.
  function follow(place, isSeen) {
    let asking = false, again = false, had = "";

    async function look() {
      if (!isSeen()) return;
      if (asking) { again = true; return; }
      asking = true;
      try {
        const answer = await fetch(place.dataset.source);
        if (answer.ok && !answer.redirected) show(await answer.text());
        else notHad();
      } catch {
        // The note about the lost connection says it; what is shown says from when it is.
        notHad();
      } finally {
        setTimeout(() => { asking = false; if (again) { again = false; look(); } }, AT_MOST_EVERY_MS);
      }
    }

    function show(html) {
      const selection = getSelection();
      // Whoever reads with a screen reader, or has selected something, is not disturbed where nothing is another.
      if (html === had || (!selection.isCollapsed && place.contains(selection.anchorNode))) return;
      had = html;
      const focused = place.contains(document.activeElement) ? [...place.querySelectorAll("a")].indexOf(document.activeElement) : -1;
      place.innerHTML = html;
      if (focused >= 0) (place.querySelectorAll("a")[focused] || document.getElementById("main")).focus({ preventScroll: true });
    }

    function notHad() {
      const asked = place.querySelector(".asking");
      if (asked) asked.textContent = "This cannot be had now; it is asked for again.";
    }

    document.addEventListener("bot-changed", look);
    return look;
  }

  const side = document.getElementById("side");
  if (side) follow(side, () => true);
  const told = document.getElementById("bars-told");
  if (told) told.addEventListener("toggle", follow(told.querySelector("[data-source]"), () => told.open));

  let changed = Date.now();
  document.addEventListener("bot-changed", () => { changed = Date.now(); });
  const looking = setInterval(() => {
    if (!document.hidden && Date.now() - changed >= AT_LEAST_EVERY_MS) document.dispatchEvent(new Event("bot-changed"));
  }, 1000);

  // Where there are more tabs than room, the one that is open is in sight.
  document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

  const news = new console_.News(bot.dataset.news, heard);
})();
