// SPDX-License-Identifier: Apache-2.0
// Keeps a page up to date. Everything works without it.
"use strict";

(() => {
  const main = document.getElementById("content");
  const shown = document.getElementById("shown");
  const told = document.getElementById("live");
  const asOf = document.getElementById("as-of");
  if (!main || !shown || !told || !main.dataset.here || !window.EventSource) {
    return;
  }
  let source = null;
  let since = main.dataset.since;
  let later = null;

  const tell = (isOn) => {
    const words = isOn ? told.dataset.on : told.dataset.off;
    // A reader of screens says it again whenever it is written.
    if (told.textContent !== words) {
      told.textContent = words;
    }
  };

  const look = () => {
    const now = new Date().toISOString().slice(0, 19);
    asOf.dateTime = now + "Z";
    asOf.textContent = now.replace("T", " ") + " UTC";
  };

  // What somebody fills in, or marks, does not vanish under their hands.
  const isInUse = () => {
    const active = document.activeElement;
    const isField = active && shown.contains(active) && active.matches("input, select, button");
    const selection = document.getSelection();
    const isMarked = selection && !selection.isCollapsed && shown.contains(selection.anchorNode);
    return isField || isMarked;
  };

  const show = (html) => {
    const active = document.activeElement;
    const href = active && shown.contains(active) ? active.getAttribute("href") : null;
    shown.innerHTML = html;
    look();
    if (href) {
      for (const link of shown.querySelectorAll("a[href]")) {
        if (link.getAttribute("href") === href) {
          link.focus({ preventScroll: true });
          return;
        }
      }
      main.focus({ preventScroll: true });
    }
  };

  const showLater = () => {
    if (later !== null && !isInUse()) {
      const html = later;
      later = null;
      show(html);
    }
  };

  const stop = () => {
    if (source) {
      source.close();
      source = null;
    }
  };

  const start = () => {
    stop();
    source = new EventSource("/live?" + new URLSearchParams({ of: main.dataset.here, since }));
    source.addEventListener("open", () => {
      tell(true);
      look();
    });
    source.addEventListener("error", () => tell(false));
    source.addEventListener("content", (event) => {
      since = event.lastEventId;
      later = event.data;
      showLater();
    });
    source.addEventListener("gone", () => {
      stop();
      tell(false);
    });
  };

  document.addEventListener("focusout", () => setTimeout(showLater, 0));
  document.addEventListener("selectionchange", showLater);
  // A page that nobody sees takes no stream.
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", (event) => event.persisted && start());
  start();
})();
