// The exports' page: follows one that is being made, and shows the page anew when it has ended. Without this file a link
// does the same.
"use strict";

(() => {
  const place = document.querySelector("[data-exporting]");

  function follow() {
    setTimeout(async () => {
      try {
        const job = await (await fetch(place.dataset.exporting, { credentials: "same-origin" })).json();
        if (!job || !job.running) {
          location.reload();
          return;
        }
        place.querySelector("progress").value = job.percent;
      } catch { /* the desk is away: it is asked again */ }
      follow();
    }, 700);
  }

  if (place) follow();
})();
