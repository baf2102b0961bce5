// A proposal goes into its field and stays unsaved until the form is sent. Without this file its button saves it.
"use strict";

(() => {
  const proposals = document.querySelector(".suggestions");
  if (!proposals) return;
  const field = (name) => document.querySelector(`.participant :is(input, select)[name="${name}"]`);

  function take(chip) {
    const input = field(chip.dataset.field);
    if (!input) return false;
    input.value = chip.dataset.value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    for (const other of proposals.querySelectorAll(`[data-field="${chip.dataset.field}"]`)) {
      other.setAttribute("aria-pressed", other === chip ? "true" : "false");
    }
    return true;
  }

  proposals.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    event.preventDefault();
    // what a person has typed stays
    const all = [...proposals.querySelectorAll("[data-sure]")].filter((chip) => field(chip.dataset.field)?.value === "");
    const taken = (button.dataset.field ? [button] : all).filter(take);
    const told = proposals.querySelector("[role=status]");
    if (taken.length > 0) told.textContent = told.dataset.taken;
  });

  for (const chip of proposals.querySelectorAll("[data-field]")) chip.setAttribute("aria-pressed", "false");
})();
