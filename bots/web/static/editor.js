"use strict";
// Keeps the form and the document in step. The server knows all rules; here lies only what a person is typing.
(() => {
  const editor = document.getElementById("editor");
  if (!editor) return;
  const byId = id => document.getElementById(id);
  const text = byId("editor-text"), form = byId("editor-form"), faults = byId("editor-faults");
  const state = byId("editor-state"), mode = byId("editor-mode"), dialog = byId("editor-review");
  const nameInput = byId("editor-name");
  const isNew = Boolean(nameInput);
  let savedText = editor.dataset.changed === "yes" ? null : text.value;
  let version = editor.dataset.version;
  let triedText = null, leaving = false;

  // What was typed into fields and is not in the document yet, by the fields' paths.
  const pending = new Map();
  let timer = 0, underway = null, again = false, textChanged = false;

  const name = () => isNew ? nameInput.value.trim() : editor.dataset.name;
  const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  const post = (address, values) => fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": token() },
    body: JSON.stringify(values),
  });
  const draft = () => ({ text: text.value, name: name(), version });
  const parsed = html => new DOMParser().parseFromString(html, "text/html").body;

  function tell(sentence, bad = false) {
    if (state.textContent !== sentence) state.textContent = sentence;
    state.classList.toggle("is-bad", bad);
  }

  // -- in step ---------------------------------------------------------------------------------------------------

  function soon(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(sync, milliseconds);
  }

  async function sync() {
    clearTimeout(timer);
    if (underway) { again = true; return underway; }
    underway = exchange();
    try { await underway; } finally { underway = null; }
    if (again) { again = false; return sync(); }
  }

  async function exchange() {
    const sent = text.value, changes = [...pending];
    textChanged = false;
    let answer;
    try {
      const response = await post("/editor/sync", { ...draft(), changes: changes.map(([path, typed]) => [JSON.parse(path), typed]) });
      if (!response.ok) throw new Error(response.status === 401 || response.redirected ? "log in again" : `the console answers ${response.status}`);
      answer = await response.json();
    } catch (error) {
      tell(`Not checked: ${error instanceof TypeError ? "the console does not answer" : error.message}. Nothing typed is lost.`, true);
      soon(3000);
      return;
    }
    if (textChanged || text.value !== sent) {
      // Typed meanwhile: that is asked for next, with the same changes.
      again = true;
      return;
    }
    // What cannot be read cannot be changed either: it waits until the text is mended.
    if (answer.readable) for (const [path, typed] of changes) if (pending.get(path) === typed) pending.delete(path);
    if (answer.text !== text.value) writeText(answer.text);
    const stale = !answer.readable && form.querySelector(".form") !== null;
    form.inert = stale;
    form.classList.toggle("is-stale", stale);
    if (!stale) graft(answer.form);
    const told = parsed(answer.faults).firstElementChild;
    if (faults.firstElementChild?.isEqualNode(told) !== true) faults.replaceChildren(told);
    mode.textContent = answer.mode || "not ready";
    mode.className = `chip chip-${answer.mode || "none"}`;
    const many = answer.troubles === 1 ? "1 fault" : `${answer.troubles} faults`;
    tell(answer.troubles ? many : dirty() ? "No faults, not saved yet" : "No faults, nothing changed", answer.troubles > 0);
  }

  function writeText(value) {
    const { scrollTop, scrollLeft, selectionStart, selectionEnd } = text;
    text.value = value;
    if (document.activeElement === text) text.setSelectionRange(selectionStart, selectionEnd);
    text.scrollTop = scrollTop;
    text.scrollLeft = scrollLeft;
  }

  // -- the form --------------------------------------------------------------------------------------------------

  const controls = root => [...root.querySelectorAll("[data-path]")];
  const shape = root => controls(root).map(each => `${each.dataset.kind} ${each.dataset.path}`).join("\n")
    + (root.querySelector(".unreadable") ? "unreadable" : "");

  function typedInto(control) {
    switch (control.dataset.kind) {
      case "boolean": return String(control.checked);
      case "choices": return [...control.querySelectorAll("input:checked")].map(each => each.value).join(" ");
      default: return control.value;
    }
  }

  function graft(html) {
    const made = parsed(html);
    if (shape(made) !== shape(form)) { replant(made); return; }
    const news = new Map(controls(made).map(each => [each.dataset.path, each]));
    for (const control of controls(form)) {
      const other = news.get(control.dataset.path);
      const busy = control === document.activeElement || control.contains(document.activeElement);
      control.toggleAttribute("aria-invalid", other.hasAttribute("aria-invalid"));
      if (other.hasAttribute("aria-invalid")) control.setAttribute("aria-invalid", "true");
      const field = control.closest(".field"), otherField = other.closest(".field");
      if (field && otherField) field.className = otherField.className;
      if (!pending.has(control.dataset.path)) take(control, other, busy);
    }
    for (const place of made.querySelectorAll(".field-troubles, .section-note")) {
      const mine = byId(place.id);
      if (mine && !mine.isEqualNode(place)) mine.replaceWith(document.importNode(place, true));
    }
    for (const details of made.querySelectorAll("details[id]")) {
      if (details.querySelector(".section-note .bad")) byId(details.id).open = true;
    }
  }

  function take(control, other, busy) {
    switch (control.dataset.kind) {
      case "boolean": control.checked = other.checked; break;
      case "choices": {
        const chosen = new Set([...other.querySelectorAll("input:checked")].map(each => each.value));
        for (const box of control.querySelectorAll("input")) box.checked = chosen.has(box.value);
        break;
      }
      case "choice":
        if (control.innerHTML !== other.innerHTML) control.innerHTML = other.innerHTML;
        control.value = other.value;
        break;
      default:
        // Never under somebody's hands.
        if (!busy && control.value !== other.value) control.value = other.value;
    }
  }

  function replant(made) {
    const active = form.contains(document.activeElement) ? document.activeElement : null;
    const path = active?.dataset.path, id = active?.id;
    const kept = active && "value" in active && active.type !== "checkbox"
      ? [active.value, active.selectionStart ?? null, active.selectionEnd ?? null] : null;
    const open = new Map([...form.querySelectorAll("details[id]")].map(each => [each.id, each.open]));
    form.replaceChildren(...[...made.childNodes].map(each => document.importNode(each, true)));
    for (const details of form.querySelectorAll("details[id]")) {
      if (open.has(details.id) && !details.querySelector(".section-note .bad")) details.open = open.get(details.id);
    }
    for (const control of controls(form)) {
      const typed = pending.get(control.dataset.path);
      if (typed !== undefined && !["boolean", "choices"].includes(control.dataset.kind)) control.value = typed;
    }
    if (!path && !id) return;
    const back = controls(form).find(each => each.dataset.path === path) ?? byId(id);
    if (!back) return;
    back.focus({ preventScroll: true });
    if (kept && back.tagName !== "SELECT" && back.dataset.kind !== "choices") {
      back.value = kept[0];
      if (kept[1] !== null) back.setSelectionRange(kept[1], kept[2]);
    }
  }

  form.addEventListener("input", event => {
    const control = event.target.closest("[data-path]");
    if (!control) return;
    pending.set(control.dataset.path, typedInto(control));
    tell("Checking…");
    soon(control.matches("select, [type=checkbox], fieldset") ? 0 : 250);
  });
  text.addEventListener("input", () => { textChanged = true; tell("Checking…"); soon(350); });

  // -- finding the place of a fault ------------------------------------------------------------------------------

  faults.addEventListener("click", event => {
    const link = event.target.closest("[data-goto]");
    if (!link) return;
    event.preventDefault();
    const there = byId(link.dataset.goto);
    if (!there) return;
    for (let around = there.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
    there.focus();
    there.scrollIntoView({ block: "center" });
    const at = /^line (\d+), column (\d+)$/.exec(link.dataset.at ?? "");
    if (at) {
      const lines = text.value.split("\n").slice(0, at[1] - 1);
      const position = lines.reduce((sum, line) => sum + line.length + 1, 0) + Number(at[2]) - 1;
      text.setSelectionRange(position, position + 1);
      text.scrollTop = Math.max(0, (at[1] - 5) * 20);
    }
  });

  // The head stays in sight where the list of faults does not.
  state.addEventListener("click", () => {
    if (state.classList.contains("is-bad")) faults.scrollIntoView({ block: "center" });
  });

  // -- leaving ---------------------------------------------------------------------------------------------------

  const dirty = () => text.value !== savedText || pending.size > 0;
  const touched = () => savedText === null ? text.value !== text.defaultValue || pending.size > 0 : dirty();
  addEventListener("beforeunload", event => { if (!leaving && touched()) event.preventDefault(); });

  // -- saving ----------------------------------------------------------------------------------------------------

  async function review() {
    if (isNew && !name()) { nameInput.setAttribute("aria-invalid", "true"); nameInput.focus(); tell("Give the bot a name first", true); return; }
    nameInput?.removeAttribute("aria-invalid");
    await sync();
    const response = await post("/editor/review", draft()).catch(() => null);
    if (!response?.ok) { tell("The changes cannot be shown: the console does not answer as it should", true); return; }
    dialog.replaceChildren(...parsed(await response.text()).children);
    const untried = dialog.querySelector("[data-untried]");
    if (untried) untried.hidden = triedText === text.value;
    if (!dialog.open) dialog.showModal();
    (byId("review-typed") ?? dialog.querySelector("[data-save]:not(:disabled)") ?? dialog.querySelector("[data-close]")).focus();
  }

  async function save() {
    const button = dialog.querySelector("[data-save]");
    button.disabled = true;
    // Whoever saves over somebody else's has seen that version.
    version = dialog.querySelector(".review-body").dataset.version || version;
    const response = await post("/editor/save", { ...draft(), typed: byId("review-typed")?.value ?? "" }).catch(() => null);
    const answer = await response?.json().catch(() => null);
    if (answer?.saved) {
      leaving = true;
      location.assign(answer.location);
      return;
    }
    button.disabled = false;
    if (answer?.conflict) { await review(); return; }
    const told = byId("review-refused");
    told.textContent = answer?.sentence ?? answer?.detail ?? "It was not saved: the console does not answer as it should.";
    told.hidden = false;
    if (answer?.confirm) byId("review-typed")?.focus();
  }

  editor.addEventListener("submit", event => { event.preventDefault(); if (byId("editor-save")) review(); });
  dialog.addEventListener("click", event => {
    if (event.target.closest("[data-close]") || event.target === dialog) dialog.close();
    if (event.target.closest("[data-save]")) save();
    if (event.target.closest("[data-try]")) { dialog.close(); toTrial(); }
  });
  dialog.addEventListener("keydown", event => {
    if (event.key === "Enter" && event.target.id === "review-typed") { event.preventDefault(); save(); }
  });

  // -- trying it on past bars ------------------------------------------------------------------------------------

  const outcome = byId("trial-outcome");
  function toTrial() {
    byId("editor-trial").scrollIntoView({ block: "start" });
    byId("trial-run").focus({ preventScroll: true });
  }

  function show(html) {
    outcome.replaceChildren(...parsed(html).children);
    const next = outcome.querySelector("[data-poll]")?.dataset.poll;
    if (next) setTimeout(async () => {
      const response = await fetch(next).catch(() => null);
      if (response) show(await response.text());
    }, 700);
    else {
      byId("trial-run").disabled = false;
      outcome.scrollIntoView({ block: "nearest" });
    }
  }

  async function run() {
    byId("trial-run").disabled = true;
    await sync();
    const tried = text.value;
    const count = Number.parseInt(byId("trial-count").value.replace(/\D/g, ""), 10) || 5000;
    const response = await post("/editor/backtest", { ...draft(), bars: byId("trial-bars").value, count }).catch(() => null);
    if (!response) {
      byId("trial-run").disabled = false;
      tell("Not tried: the console does not answer", true);
      return;
    }
    if (response.ok) triedText = tried;
    show(await response.text());
  }

  byId("editor-try")?.addEventListener("click", () => { toTrial(); run(); });
  byId("trial-run")?.addEventListener("click", run);
  byId("trial-count")?.addEventListener("keydown", event => { if (event.key === "Enter") { event.preventDefault(); run(); } });
})();
