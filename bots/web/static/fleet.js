// Keeps the fleet as it is: rows as they change, the summary, and a new list where others belong into it.
"use strict";

(() => {
  let news = null;

  function replace(old, html) {
    const made = document.createElement("template");
    made.innerHTML = html.trim();
    const row = made.content.firstElementChild;
    if (!row) return;
    // The focus stays where it was, in the new row.
    const within = old.contains(document.activeElement) ? [...old.querySelectorAll("a, button")].indexOf(document.activeElement) : -1;
    old.replaceWith(row);
    htmx.process(row);
    if (within >= 0) row.querySelectorAll("a, button")[within]?.focus();
    row.classList.add("changed");
    setTimeout(() => row.classList.remove("changed"), 1500);
  }

  function busy() {
    return document.getElementById("dialog").open || document.getElementById("rows")?.contains(document.activeElement);
  }

  function reload() {
    htmx.ajax("GET", location.pathname + location.search, { target: "#fleet", select: "#fleet", swap: "outerHTML" });
  }

  let asked = 0;

  function heard(kind, data) {
    if (kind === "row") {
      const old = document.getElementById(data.id);
      if (old) replace(old, data.html);
    } else if (kind === "summary") {
      document.getElementById("summary").innerHTML = data.html;
    } else if (kind === "order") {
      // What somebody is about to click must not jump away.
      if (busy() || Date.now() - asked < 5000) {
        const note = document.getElementById("order-note");
        if (note) note.hidden = false;
        else reload();
      } else {
        asked = Date.now();
        reload();
      }
    }
  }

  function follow() {
    const address = document.getElementById("fleet").dataset.news;
    if (news?.address === address) return;
    news?.close();
    if (news) {
      news.address = address;
      news.open();
    } else {
      news = new console_.News(address, heard, reload);
    }
  }

  document.addEventListener("htmx:after:swap", follow);
  follow();
})();
