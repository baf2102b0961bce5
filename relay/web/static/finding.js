// Choosing clips of a list by click, range and key. The list works without this file: it only ticks boxes on the page.
"use strict";

document.addEventListener("keydown", (event) => {
  const search = document.querySelector("[type=search]");
  const typing = event.target.closest("input:not([type=checkbox]), select, textarea, dialog");
  if (!search || typing || event.code !== "Slash" || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  search.focus();
  search.select();
});

(() => {
  const list = document.querySelector("#found[data-ticks]");
  const form = document.getElementById("many");
  if (!list || !form) return;
  const cards = [...list.children];
  const boxes = cards.map((card) => card.querySelector("input[type=checkbox]"));
  const links = cards.map((card) => card.querySelector("a"));
  const whole = form.elements.everything;
  const told = form.querySelector(".how-many");
  let anchor = 0; // where a range begins

  function tell() {
    const number = whole && whole.checked ? Number(whole.dataset.total) : boxes.filter((box) => box.checked).length;
    told.textContent = number ? told.dataset.some.replace("{number}", number) : told.dataset.none;
    form.classList.toggle("idle", number === 0);
    cards.forEach((card, at) => card.classList.toggle("ticked", boxes[at].checked || Boolean(whole && whole.checked)));
  }

  function tick(at, on) {
    boxes[at].checked = on;
    anchor = at;
    tell();
  }

  function range(to) {
    const [first, last] = anchor < to ? [anchor, to] : [to, anchor];
    boxes.forEach((box, at) => { if (at >= first && at <= last) box.checked = true; });
    tell();
  }

  const place = (element) => cards.findIndex((card) => card.contains(element));

  list.addEventListener("click", (event) => {
    const at = place(event.target);
    if (at < 0) return;
    const link = event.target.closest("a");
    if (link && !event.shiftKey && !event.ctrlKey && !event.metaKey) return;
    if (event.shiftKey) {
      event.preventDefault();
      // the browser turns the box around before it asks, and back when it is told not to: so only afterwards
      setTimeout(() => range(at));
    } else if (link) {
      event.preventDefault();
      tick(at, !boxes[at].checked);
    }
  });
  list.addEventListener("mousedown", (event) => { if (event.shiftKey) event.preventDefault(); });
  list.addEventListener("change", (event) => { anchor = place(event.target); tell(); });
  if (whole) whole.addEventListener("change", tell);

  function columns() {
    const top = cards[0].offsetTop;
    const second = cards.findIndex((card) => card.offsetTop > top);
    return second < 0 ? cards.length : second;
  }

  function move(event, by) {
    const here = place(document.activeElement);
    const to = here < 0 ? 0 : Math.min(Math.max(here + by, 0), cards.length - 1);
    event.preventDefault();
    if (event.shiftKey && here >= 0) {
      if (!boxes[here].checked) anchor = here;
      range(to);
    }
    links[to].focus();
    cards[to].scrollIntoView({ block: "nearest" });
  }

  const steps = { ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: () => -columns(), ArrowDown: () => columns() };

  function chooseAll(on) {
    boxes.forEach((box) => { box.checked = on; });
    if (whole && !on) whole.checked = false;
    tell();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || document.querySelector("dialog:modal")) return;
    const field = event.target.closest("input:not([type=checkbox]), select, textarea");
    if (field) {
      if (event.code === "Escape") field.blur();
      if (event.code === "Enter") send(event, field);
      return;
    }
    const here = place(document.activeElement);
    if (event.code in steps) move(event, steps[event.code]());
    else if ((event.code === "KeyX" || event.code === "Space") && here >= 0) {
      if (event.code === "Space" && document.activeElement === boxes[here]) return; // it does so by itself
      event.preventDefault();
      tick(here, !boxes[here].checked);
    } else if (event.code === "KeyA" && !event.shiftKey) { event.preventDefault(); chooseAll(true); }
    else if (event.code === "Escape") chooseAll(false);
  });

  // in a panel, Enter presses that panel's own button
  function send(event, field) {
    const panel = field.closest(".panel");
    if (!panel || field.matches("select")) return;
    event.preventDefault();
    panel.querySelector("button.main").click();
  }

  // opened and focused at once, so that what is typed next stands in it
  for (const summary of form.querySelectorAll("summary")) {
    summary.addEventListener("click", (event) => {
      const panel = summary.parentElement;
      event.preventDefault();
      panel.open = !panel.open;
      if (panel.open) panel.querySelector("select, input").focus();
    });
  }
  tell();
})();
