// Follows the end of a log: what came is added, and nobody who reads or selects is disturbed.
"use strict";

(() => {
  const EVERY_MS = 3000;
  const MOST_LINES = 2000;
  const form = document.getElementById("log-form");
  const follow = document.getElementById("follow");
  const log = () => document.getElementById("log");
  let atEnd = true;

  const isAtEnd = () => log().scrollHeight - log().scrollTop - log().clientHeight < 30;
  const toEnd = () => { log().scrollTop = log().scrollHeight; };

  function isSelecting() {
    const selection = getSelection();
    return !selection.isCollapsed && log().contains(selection.anchorNode);
  }

  document.addEventListener("htmx:before:swap", () => { atEnd = isAtEnd(); });
  document.addEventListener("htmx:after:swap", () => {
    const lines = document.querySelectorAll("#log-lines .line");
    if (lines.length) document.querySelector("#log .none")?.remove();
    // Only at the end: elsewhere what is read would move.
    if (atEnd && !isSelecting()) for (const line of [...lines].slice(0, Math.max(0, lines.length - MOST_LINES))) line.remove();
    if (follow.checked && atEnd) toEnd();
  });

  follow.addEventListener("change", () => { if (follow.checked) toEnd(); });
  setInterval(() => {
    // Where lines are many the whole may be sent anew, which would end a selection.
    if (follow.checked && !document.hidden && !isSelecting()) form.requestSubmit();
  }, EVERY_MS);
  toEnd();
})();
