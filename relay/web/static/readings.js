// A stretch of the clip in which a text is read is played in the page's own player. Without this file its address is
// that stretch of the video.
"use strict";

(() => {
  const player = document.getElementById("player");
  if (!player) return;
  for (const link of document.querySelectorAll("[data-play]")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      player.currentTime = Number(link.dataset.play);
      player.play().catch(() => {}); // a browser may want to be asked first
      player.scrollIntoView({ block: "nearest" });
    });
  }
})();
