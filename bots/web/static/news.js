// What has changed, as the server tells it; a page that hears nothing says so.
"use strict";

(() => {
  // The server says something every ten seconds; whoever hears nothing for longer is deaf, and says so.
  const DEAF_MS = 25000;
  const AGAIN_MS = 3000;
  const KINDS = ["alive", "row", "order", "summary", "head", "gone"];

  // Hears the news of an address. Whenever it begins to listen it is told all that is shown, so nothing is missed.
  class News {
    constructor(address, heard) {
      this.address = address;
      this.heard = heard;
      this.last = Date.now();
      this.lost = document.getElementById("lost");
      this.ended = false;
      this.open();
      // A browser gives one site six connections, and a page that nobody sees needs none.
      document.addEventListener("visibilitychange", () => (document.hidden ? this.close() : this.reopen()));
      setInterval(() => { if (!this.ended && !document.hidden && Date.now() - this.last > DEAF_MS) this.isLost(); }, 1000);
    }

    open() {
      this.source = new EventSource(this.address);
      this.source.onerror = () => {
        this.isLost();
        // It does not come again by itself where it was refused.
        if (this.source.readyState === EventSource.CLOSED) this.refused();
      };
      for (const kind of KINDS) {
        this.source.addEventListener(kind, (event) => {
          this.last = Date.now();
          this.lost.hidden = true;
          if (kind !== "alive") this.heard(kind, JSON.parse(event.data));
        });
      }
    }

    async refused() {
      const answer = await fetch("/api/v1/session").catch(() => null);
      // The login leads back here.
      if (answer?.status === 401) location.reload();
      else this.later = setTimeout(() => this.reopen(), AGAIN_MS);
    }

    close() {
      clearTimeout(this.later);
      this.source.close();
    }

    reopen() {
      this.close();
      if (this.ended) return;
      this.last = Date.now();
      this.open();
    }

    // Of another address from now on.
    follow(address) {
      this.address = address;
      this.reopen();
    }

    end() {
      this.ended = true;
      this.close();
      this.lost.hidden = true;
    }

    isLost() {
      if (!this.lost.hidden) return;
      document.getElementById("lost-since").textContent = `${new Date(this.last).toISOString().slice(11, 19)} UTC`;
      this.lost.hidden = false;
    }
  }

  window.console_.News = News;
})();
