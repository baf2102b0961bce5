// The poster's form takes the moment at which the film stands.
"use strict";

(() => {
  const player = document.getElementById("player");
  const field = document.querySelector("[data-still]");
  const button = document.querySelector("[data-take-still]");
  if (!player || !field || !button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const hundredths = Math.round(player.currentTime * 100);
    const minutes = Math.floor(hundredths / 6000);
    field.value = `${minutes}:${((hundredths % 6000) / 100).toFixed(2).padStart(5, "0")}`;
    field.focus();
  });
})();
