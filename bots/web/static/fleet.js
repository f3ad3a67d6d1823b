// Keeps the fleet as it is: rows as they change, the summary, and a new list where others belong into it.
"use strict";

(() => {
  const PATIENCE_MS = 5000;
  let news = null;
  let asked = 0;

  const shown = () => [...(document.getElementById("rows")?.children ?? [])];

  function replace({ id, html }) {
    const old = document.getElementById(id);
    const made = document.createElement("template");
    made.innerHTML = html.trim();
    const row = made.content.firstElementChild;
    if (!old || !row || old.dataset.mark === row.dataset.mark) return;
    // The focus stays where it was, in the new row.
    const within = old.contains(document.activeElement) ? [...old.querySelectorAll("a, button")].indexOf(document.activeElement) : -1;
    old.replaceWith(row);
    htmx.process(row);
    console_.showAges();
    if (within >= 0) row.querySelectorAll("a, button")[within]?.focus();
    row.classList.add("changed");
    setTimeout(() => row.classList.remove("changed"), 1500);
  }

  function busy() {
    return document.getElementById("dialog").open || document.getElementById("rows")?.contains(document.activeElement);
  }

  function reload() {
    asked = Date.now();
    htmx.ajax("GET", location.pathname + location.search, { target: "#fleet", select: "#fleet", swap: "outerHTML" });
  }

  function order(ids) {
    const note = document.getElementById("order-note");
    const same = ids.join(" ") === shown().map((row) => row.id).join(" ");
    if (note) note.hidden = same;
    // What somebody is about to click must not jump away.
    if (!same && (!note || !(busy() || Date.now() - asked < PATIENCE_MS))) reload();
  }

  function heard(kind, data) {
    if (kind === "row") replace(data);
    else if (kind === "summary") document.getElementById("summary").innerHTML = data.html;
    else if (kind === "order") order(data.ids);
  }

  function follow() {
    const address = document.getElementById("fleet").dataset.news;
    if (!news) news = new console_.News(address, heard);
    else if (news.address !== address) news.follow(address);
  }

  document.addEventListener("htmx:after:swap", follow);
  follow();
})();
