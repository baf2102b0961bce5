// Keys, dialogs and a look ahead. Every page works without this file: it only presses what is on the page.
"use strict";

(() => {
  const player = document.getElementById("player");
  let sent = false; // one page gives one answer, however long a key is held

  document.querySelector(".where [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });

  // a field of a dialog that was closed this very moment may still have the focus, and nobody types in it
  const typing = (element) => {
    const field = element.closest("input, textarea, select, [contenteditable]");
    return field !== null && field.getClientRects().length > 0;
  };

  function play() {
    // a browser that refuses sound before the first click still may show the picture
    player.play().catch(() => {
      player.muted = true;
      player.play().catch(() => {});
    });
  }

  function open(dialog) {
    dialog.removeAttribute("open");
    dialog.showModal();
    if (player) player.pause();
  }

  function press(element) {
    if (sent || element.disabled) return;
    element.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return;
    const dialog = document.querySelector("dialog:modal");
    if (dialog) {
      chooseByDigit(dialog, event);
      return;
    }
    if (typing(event.target)) return;
    // by the key's place, so that a Russian layout works too
    if (event.code === "Space" && player && !event.target.closest("video, button, a, summary")) {
      event.preventDefault();
      player.paused ? play() : player.pause();
      return;
    }
    if (event.code.startsWith("Arrow") && event.target.closest("video")) return;
    const code = event.key === "?" ? "Help" : event.shiftKey ? "" : event.code;
    const target = code && document.querySelector(`[data-key~="${code}"]`);
    if (!target) return;
    event.preventDefault();
    press(target);
  });

  function chooseByDigit(dialog, event) {
    const text = event.target.matches("input:not([type=radio], [type=checkbox])");
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
    const choice = !text && digit && dialog.querySelector(`[data-digit="${digit[1]}"]`);
    if (!choice) {
      if (event.code === "Enter" && event.target.matches("input[type=radio]")) {
        event.preventDefault();
        event.target.form.requestSubmit();
      }
      return;
    }
    event.preventDefault();
    choice.checked = choice.type === "radio" || !choice.checked;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
    choice.focus();
  }

  document.addEventListener("change", (event) => {
    if (!event.target.matches("dialog [name=reason]")) return;
    const note = event.target.form.elements.note;
    note.required = event.target.value === "other";
    if (note.required) note.focus();
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    const closer = event.target.closest("[data-close]");
    const dialog = opener ? document.getElementById(opener.dataset.dialog) : closer && closer.closest("dialog");
    if (!dialog) return;
    event.preventDefault();
    if (opener) open(dialog);
    else dialog.close();
  });

  document.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  window.addEventListener("pageshow", () => { sent = false; });

  for (const dialog of document.querySelectorAll("dialog[data-open]")) open(dialog);

  if (player) {
    player.addEventListener("error", () => {
      const note = document.getElementById("unplayable");
      if (note) note.hidden = false;
    });
    if (player.autoplay && !document.querySelector("dialog:modal")) play();
  }
})();
