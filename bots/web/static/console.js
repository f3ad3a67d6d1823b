// What every page does: shows its token with each change, opens confirmations, says what came of them, hears the news.
"use strict";

const TOKEN = document.querySelector('meta[name="csrf-token"]').content;
const DIALOG = document.getElementById("dialog");
const TOLD = document.getElementById("told");

document.addEventListener("htmx:config:request", (event) => {
  event.detail.ctx.request.headers["X-CSRF-Token"] = TOKEN;
});

// --- Confirmations -------------------------------------------------------------------------------------------------

let opener = null;

document.addEventListener("htmx:before:request", (event) => {
  const source = event.detail.ctx.sourceElement;
  if (source.matches?.("button[hx-get*='/confirm/']")) opener = { id: source.closest("tr")?.id, node: source };
});

document.addEventListener("htmx:after:swap", () => {
  const inside = document.getElementById("dialog-inside");
  if (inside.childElementCount && !DIALOG.open) DIALOG.showModal();
  if (inside.querySelector("[data-done]")) close(inside.querySelector("[data-done]").textContent);
});

DIALOG.addEventListener("click", (event) => {
  if (event.target === DIALOG || event.target.closest("[data-close]")) close();
});

DIALOG.addEventListener("close", () => {
  document.getElementById("dialog-inside").replaceChildren();
  // The row may have been sent anew meanwhile.
  const row = opener?.id && document.getElementById(opener.id);
  const back = opener?.node.isConnected ? opener.node : row?.querySelector("button, a");
  (back || document.getElementById("main")).focus();
});

function close(sentence) {
  if (DIALOG.open) DIALOG.close();
  if (sentence) tell(sentence);
}

let clearing = 0;

function tell(sentence) {
  TOLD.textContent = sentence;
  clearTimeout(clearing);
  clearing = setTimeout(() => { TOLD.textContent = ""; }, 12000);
}

document.addEventListener("htmx:error", () => tell("The console does not answer. Nothing is known to have been done: look again."));

// --- Keys ----------------------------------------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const filter = document.getElementById("words");
  if (event.key === "/" && filter && !typing && !DIALOG.open) {
    event.preventDefault();
    filter.focus();
    filter.select();
  }
});

// --- Ages ----------------------------------------------------------------------------------------------------------

function age(seconds) {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h${String(Math.floor(seconds / 60) % 60).padStart(2, "0")}m`;
  return `${Math.floor(seconds / 86400)}d${String(Math.floor(seconds / 3600) % 24).padStart(2, "0")}h`;
}

function showAges() {
  if (document.hidden) return;
  for (const time of document.querySelectorAll("time.age")) {
    if (!time.title) time.title = `${time.textContent} UTC`;
    const text = age(Math.max(0, Math.floor((Date.now() - Date.parse(time.dateTime)) / 1000)));
    if (time.textContent !== text) time.textContent = text;
  }
}

setInterval(showAges, 1000);
showAges();

// --- News ----------------------------------------------------------------------------------------------------------

// The server says something every ten seconds; whoever hears nothing for longer is deaf, and says so.
const DEAF_MS = 25000;

class News {
  constructor(address, heard, again) {
    this.address = address;
    this.heard = heard;
    this.again = again;
    this.last = Date.now();
    this.lost = document.getElementById("lost");
    this.open();
    // A browser gives one site six connections, and a page that nobody sees needs none.
    document.addEventListener("visibilitychange", () => (document.hidden ? this.close() : this.reopen()));
    setInterval(() => { if (!document.hidden && Date.now() - this.last > DEAF_MS) this.isLost(); }, 1000);
  }

  open() {
    this.source = new EventSource(this.address);
    this.source.onerror = () => {
      this.isLost();
      // It does not come again by itself where it was refused.
      if (this.source.readyState === EventSource.CLOSED) this.later = setTimeout(() => this.reopen(), 3000);
    };
    const hear = (kind) => (event) => {
      this.last = Date.now();
      if (!this.lost.hidden) { this.lost.hidden = true; this.again?.(); }
      if (kind !== "alive") this.heard(kind, JSON.parse(event.data));
    };
    for (const kind of ["alive", "row", "order", "summary", "head", "gone"]) this.source.addEventListener(kind, hear(kind));
  }

  close() {
    clearTimeout(this.later);
    this.source.close();
  }

  reopen() {
    this.close();
    this.last = Date.now();
    this.again?.();
    this.open();
  }

  isLost() {
    if (this.lost.hidden) {
      document.getElementById("lost-since").textContent = `${new Date(this.last).toISOString().slice(11, 19)} UTC`;
      this.lost.hidden = false;
    }
  }
}

window.console_ = { News, tell, token: TOKEN };
