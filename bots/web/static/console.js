// What every page does: shows its token with each change, opens confirmations, says what came of them.
"use strict";

const TOKEN = document.querySelector('meta[name="csrf-token"]').content;
const DIALOG = document.getElementById("dialog");
const TOLD = document.getElementById("told");

document.addEventListener("htmx:config:request", (event) => {
  event.detail.ctx.request.headers["X-CSRF-Token"] = TOKEN;
});

// --- Confirmations -------------------------------------------------------------------------------------------------

const INSIDE = document.getElementById("dialog-inside");
let opener = null;

document.addEventListener("htmx:before:request", (event) => {
  const source = event.detail.ctx.sourceElement;
  if (source.matches?.("button[hx-get*='/confirm/']")) opener = { id: source.closest("tr")?.id, node: source };
  wait(source.closest?.("form.confirm"), source, 1);
});

document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = event.detail;
  const form = ctx.sourceElement?.closest?.("form.confirm");
  if (wait(form, ctx.sourceElement, -1) === 0 && ctx.status !== "swapped") {
    // What is chosen and what is said of it belong together.
    for (const radio of form.querySelectorAll("input[type=radio]")) radio.checked = radio.defaultChecked;
  }
});

// While a question waits for an answer it takes no other: neither a second click, nor one on a button that still says
// what was chosen before.
function wait(form, source, more) {
  if (!form) return null;
  form.waiting = Math.max(0, (form.waiting || 0) + more);
  const button = form.querySelector("#confirm-do");
  const doing = source === form && form.waiting > 0;
  form.toggleAttribute("data-doing", doing);
  if (form.waiting > 0) form.setAttribute("aria-busy", "true");
  else form.removeAttribute("aria-busy");
  if (button) {
    if (form.waiting > 0) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
    if (doing) {
      button.dataset.says = button.textContent;
      button.textContent = "Working…";
    } else if (button.dataset.says && form.waiting === 0) {
      button.textContent = button.dataset.says;
      delete button.dataset.says;
    }
  }
  return form.waiting;
}

DIALOG.addEventListener("submit", (event) => {
  if (event.target.getAttribute("aria-busy") === "true") stop(event);
}, true);

DIALOG.addEventListener("click", (event) => {
  if (event.target.closest("[data-doing] fieldset")) stop(event);
}, true);

function stop(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

// Whoever has closed a question meanwhile may look at another one.
function isClosed(source) {
  return !source.isConnected && source.closest("form.confirm") !== null;
}

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  if (!isClosed(ctx.sourceElement)) return;
  event.preventDefault();
  if (ctx.sourceElement.matches("form")) tell(sentenceOf(ctx.text));
});

document.addEventListener("htmx:after:swap", () => {
  const done = INSIDE.querySelector("[data-done]");
  if (done) close(done.textContent);
  else if (INSIDE.childElementCount && !DIALOG.open) DIALOG.showModal();
  else if (DIALOG.open && !DIALOG.contains(document.activeElement)) DIALOG.querySelector("[data-close]")?.focus();
});

DIALOG.addEventListener("click", (event) => {
  if (event.target === DIALOG || event.target.closest("[data-close]")) close();
});

DIALOG.addEventListener("close", () => {
  INSIDE.replaceChildren();
  // The row may have been sent anew meanwhile.
  const row = opener?.id && document.getElementById(opener.id);
  const back = opener?.node.isConnected ? opener.node : row?.querySelector("button, a");
  (back || document.getElementById("main")).focus();
});

function close(sentence) {
  if (DIALOG.open) DIALOG.close();
  else INSIDE.replaceChildren();
  if (sentence) tell(sentence);
}

// --- What came of it -----------------------------------------------------------------------------------------------

let clearing = 0;

function tell(sentence) {
  TOLD.textContent = sentence;
  clearTimeout(clearing);
  clearing = setTimeout(() => { TOLD.textContent = ""; }, 12000);
}

// Behind a dialog nobody sees or hears what is told.
function refuse(sentence) {
  const form = DIALOG.open && INSIDE.querySelector(".confirm");
  if (!form) { tell(sentence); return; }
  const told = document.createElement("p");
  told.id = "confirm-refused";
  told.className = "refused";
  told.setAttribute("role", "alert");
  told.textContent = sentence;
  form.querySelector("#confirm-refused")?.remove();
  form.querySelector("h2").after(told);
}

function sentenceOf(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  return (page.querySelector("[data-done], .refused") || page.body).textContent.trim().slice(0, 300);
}

document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = event.detail;
  if (ctx.hx.redirect) return;
  const isPart = ctx.response.headers.get("Content-Type")?.startsWith("text/html");
  if (isPart && (ctx.target === INSIDE || ctx.target.hasAttribute("aria-live"))) return;
  // What is wrong takes the place of no list, and what is no part of a page that of no question.
  ctx.swap = "none";
  if (!isClosed(ctx.sourceElement)) refuse(sentenceOf(ctx.text));
});

document.addEventListener("htmx:error", () => refuse("The console does not answer. Nothing is known to have been done: look again."));

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

window.console_ = { showAges, tell, token: TOKEN };
