// Keeps the head of a bot's page as it is, and the log at its end.
"use strict";

(() => {
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
    const focused = bot.contains(document.activeElement) ? document.activeElement.textContent : null;
    bot.innerHTML = html;
    htmx.process(bot);
    if (focused !== null) {
      const same = [...bot.querySelectorAll("button, a")].find((each) => each.textContent === focused);
      (same || bot.querySelector("button, a") || document.getElementById("main")).focus();
    }
    document.dispatchEvent(new Event("bot-changed"));
  }

  function heard(kind, data) {
    if (kind === "head") {
      if (pressed) waiting = data.html;
      else show(data.html);
    } else if (kind === "gone") {
      location.assign("/");
    }
  }

  new console_.News(bot.dataset.news, heard, () => document.dispatchEvent(new Event("bot-changed")));

  const form = document.querySelector("form.filter");
  const follow = document.getElementById("follow");
  if (form && follow) {
    const toEnd = () => { const log = document.getElementById("log"); if (follow.checked) log.scrollTop = log.scrollHeight; };
    toEnd();
    document.addEventListener("htmx:after:swap", toEnd);
    setInterval(() => {
      const selecting = !getSelection().isCollapsed;
      if (follow.checked && !document.hidden && !selecting) form.requestSubmit();
    }, 3000);
  }
})();
