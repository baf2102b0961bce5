// Copies a message that stands on the page. Without this file it can be selected and copied by hand.
"use strict";

(() => {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy-from]")) {
    const text = document.getElementById(button.dataset.copyFrom);
    if (!text) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text.value ?? text.textContent);
      button.querySelector("span").textContent = button.dataset.done;
    });
  }
})();
