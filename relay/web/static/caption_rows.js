// The rows of a page of captions: the same fields as without a script, kept as captions.js holds them, with doubts
// that are told while somebody types (relay/almanac/captions/doubts.py tells the same).
"use strict";

window.relayCaptionRows = (app) => {
  const form = document.getElementById("rows"), list = document.getElementById("cue-list");
  const pattern = document.getElementById("cue-row");
  const limits = app.limits;

  // --- doubts ---

  function faults(number) {
    const cue = app.cues[number], before = app.cues[number - 1], found = [];
    if (!cue) return found;
    const seconds = cue.end - cue.start;
    if (before && cue.start < before.end - 0.0005) found.push("overlaps");
    if (cue.end > app.seconds + 0.1) found.push("outside");
    if (!cue.text.trim()) return [...found, "empty"];
    if (seconds < limits.seconds - 0.0005) found.push("short");
    if (speed(cue) > limits.speed) found.push("fast");
    const lines = laid(cue.text).split("\n");
    if (lines.length > limits.lines || lines.some((line) => line.length > limits.letters)) found.push("long");
    if (unsure(cue).length) found.push("unsure");
    return found;
  }

  // words that may have been misheard, until they are changed or said to be right
  function unsure(cue) {
    const said = cue.text.split(/\s+/);
    return cue.right ? [] : (cue.unsure || []).filter((word) => said.includes(word));
  }

  const speed = (cue) => cue.text.replace(/\n/g, "").length / Math.max(0.001, cue.end - cue.start);

  // a long line is laid in two when it is saved: here only whether it would fit
  function laid(text) {
    const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
    if (lines.length <= limits.lines && lines.every((line) => line.length <= limits.letters)) return lines.join("\n");
    const words = lines.join(" ").split(/\s+/);
    for (let count = 1; count < words.length; count += 1) {
      const pair = [words.slice(0, count).join(" "), words.slice(count).join(" ")];
      if (pair.every((line) => line.length <= limits.letters)) return pair.join("\n");
    }
    return lines.join(" ");
  }

  function beside(cue) {
    const found = [];
    for (const other of app.others) {
      const said = other.cues.filter((one) => {
        const both = Math.min(one.end, cue.end) - Math.max(one.start, cue.start);
        return both / Math.max(0.001, Math.min(one.end - one.start, cue.end - cue.start)) > 0.5;
      });
      if (said.length) found.push([other.code, said.map((one) => one.text.replace(/\n/g, " ")).join(" ")]);
    }
    return found;
  }

  // --- rows ---

  const rows = () => [...list.children];
  const field = (row, name) => row.querySelector(`[name^="${name}-"]`);

  function draw() {
    const held = rows();
    app.cues.forEach((cue, number) => fill(held[number] || made(), cue, number));
    for (const extra of held.slice(app.cues.length)) extra.remove();
    tell();
  }

  function made() {
    const row = pattern.content.firstElementChild.cloneNode(true);
    list.append(row);
    return row;
  }

  function fill(row, cue, number) {
    row.classList.remove("blank");
    row.classList.toggle("on", number === app.at);
    row.querySelector(".number").textContent = number + 1;
    const values = { from: app.clock(cue.start), to: app.clock(cue.end), text: cue.text };
    for (const [name, value] of Object.entries(values)) {
      const input = field(row, name);
      input.name = `${name}-${number + 1}`;
      if (input !== document.activeElement && input.value !== value) input.value = value;
    }
    const right = row.querySelector(".right input");
    if (right) right.name = `right-${number + 1}`;
    notes(row, cue, number);
  }

  function notes(row, cue, number) {
    const found = faults(number);
    row.classList.toggle("doubtful", found.length > 0);
    const right = row.querySelector(".right");
    if (right) {
      right.hidden = !unsure({ ...cue, right: false }).length;
      right.firstElementChild.checked = Boolean(cue.right);
    }
    row.querySelector(".faults").replaceChildren(...found.map((fault) => {
      const word = document.createElement("b");
      word.className = "why";
      word.textContent = fault === "unsure" ? app.fill(app.words.misheard, { words: unsure(cue).join(", ") }) : app.words[fault];
      return word;
    }));
    const rate = cue.text.trim() ? speed(cue).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 }) : "";
    row.querySelector(".speed").textContent = rate ? app.fill(app.words.speed, { speed: rate }) : "";
    row.querySelector(".beside").replaceChildren(...beside(cue).map(([code, text]) => {
      const span = document.createElement("span");
      span.lang = code;
      span.dir = "auto";
      span.textContent = text;
      return span;
    }));
  }

  function tell() {
    const doubtful = app.cues.filter((_, number) => faults(number).length).length;
    const told = [app.fill(app.words.count, { count: app.cues.length })];
    if (doubtful) told.push(app.fill(app.words.doubtful, { count: doubtful }));
    document.getElementById("sum").textContent = told.join(" · ");
  }

  function reveal(number) {
    const row = rows()[number];
    if (row) row.scrollIntoView({ block: "nearest" });
  }

  function write(number, at = -1) {
    const row = rows()[number];
    if (!row) return;
    const area = field(row, "text");
    area.focus();
    area.setSelectionRange(at < 0 ? area.value.length : at, at < 0 ? area.value.length : at);
  }

  function seconds(text) {
    const parts = text.trim().replace(",", ".").split(":").map(Number);
    const value = parts.reduce((sum, part) => sum * 60 + part, 0);
    return text.trim() && Number.isFinite(value) && value >= 0 ? Math.round(value * 1000) / 1000 : NaN;
  }

  // --- what is typed ---

  const numberOf = (element) => rows().indexOf(element.closest(".cue-row"));

  list.addEventListener("focusin", (event) => {
    const number = numberOf(event.target);
    if (number >= 0 && number !== app.at) app.select(number, { quiet: true });
  });

  list.addEventListener("input", (event) => {
    const number = numberOf(event.target);
    if (number < 0 || !event.target.name.startsWith("text-")) return;
    app.typing();
    app.cues[number].text = event.target.value;
    notes(event.target.closest(".cue-row"), app.cues[number], number);
    app.changed({ rows: false });
    tell();
  });

  // a time counts when the field is left, so that nothing jumps while it is typed
  list.addEventListener("change", (event) => {
    const number = numberOf(event.target), name = event.target.name.split("-")[0];
    if (number >= 0 && name === "right") {
      app.mark();
      app.cues[number].right = event.target.checked;
      app.changed();
    }
    if (number < 0 || !["from", "to"].includes(name)) return;
    const at = seconds(event.target.value), cue = app.cues[number];
    if (Number.isFinite(at)) {
      app.mark();
      if (name === "from") cue.start = Math.min(at, cue.end - 0.04);
      else cue.end = Math.max(at, cue.start + 0.04);
      app.settle();
    }
    event.target.value = app.clock(name === "from" ? cue.start : cue.end);
  });

  list.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.code === "Escape") {
      event.preventDefault();
      event.target.blur();
      app.leave();
    } else if ((event.ctrlKey || event.metaKey) && ["Enter", "NumpadEnter"].includes(event.code)) {
      event.preventDefault();
      app.next(1);
      write(app.at);
    }
  });

  return { draw, faults, reveal, write, form, cursor: () => {
    const area = document.activeElement;
    return area && area.name && area.name.startsWith("text-") && area.selectionStart === area.selectionEnd ? area.selectionStart : -1;
  } };
};
