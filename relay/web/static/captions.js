// Captions on a timeline beside the sound: what stands, what is done to it, playing, and saving. Without this file the
// page is a form of rows.
"use strict";

(() => {
  const root = document.getElementById("captions");
  if (!root) return;
  const bench = JSON.parse(root.dataset.bench), words = JSON.parse(root.dataset.words);
  const player = document.getElementById("player"), form = document.getElementById("rows");
  const kept = document.getElementById("kept"), over = document.getElementById("over");
  const clash = document.getElementById("clash");
  const LEAST = 0.2; // seconds of a block, however it is dragged
  const MOST_STEPS = 200;
  const place = `relay-draft:${document.body.dataset.me || ""}:${form.dataset.about}@${location.pathname}`;
  const round = (seconds) => Math.round(seconds * 1000) / 1000;
  const copy = (cues) => cues.map((cue) => ({ ...cue }));
  const json = (cues) => JSON.stringify(cues.map(({ start, end, text, right }) => [start, end, text, Boolean(right)]));

  function clock(seconds) {
    const whole = Math.round(seconds * 1000), minutes = Math.floor(whole / 60000);
    return `${minutes}:${String(Math.floor(whole / 1000) % 60).padStart(2, "0")}.${String(whole % 1000).padStart(3, "0")}`;
  }

  const app = {
    cues: copy(bench.cues), others: bench.others, seconds: bench.seconds, limits: bench.limits, edits: bench.edits,
    at: -1, words, clock,
    fill: (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]),
    time: () => (player ? player.currentTime : still),
    faults: (number) => rows.faults(number),
    select, seek, mark, typing, put, settle, changed, next, leave,
    write: () => rows.write(app.at),
  };
  let still = 0; // the playhead of a clip without a copy
  let seen = bench.version, saved = json(app.cues), sending = false;
  let back = [], forth = [], typedAt = 0;

  if (form.dataset.typed && !asTyped()) return; // a time that nobody can read: the fields say it best
  root.classList.add("live");
  for (const hidden of document.querySelectorAll(".scripted")) hidden.hidden = false;
  const rows = window.relayCaptionRows(app), lanes = window.relayLanes(app);

  // rows that the desk could not keep stand in the fields, and are still to be saved
  function asTyped() {
    const read = (text) => text.trim().replace(",", ".").split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
    const found = [...document.querySelectorAll("#cue-list .cue-row:not(.blank)")].map((row) => {
      const [start, end, text] = ["from", "to", "text"].map((name) => row.querySelector(`[name^="${name}-"]`).value);
      return { start: start.trim() ? read(start) : NaN, end: end.trim() ? read(end) : NaN, text };
    });
    if (found.some((cue) => !(cue.start < cue.end))) return false;
    app.cues = found;
    seen = Number(form.elements.seen.value);
    return true;
  }

  // --- what stands, and steps back ---

  function mark() {
    back.push({ cues: copy(app.cues), at: app.at });
    if (back.length > MOST_STEPS) back.shift();
    forth = [];
    typedAt = 0;
  }

  // one step back takes away what was typed in one go
  function typing() {
    const now = Date.now();
    if (now - typedAt > 1500) mark();
    typedAt = now;
  }

  function step(from, to) {
    const held = from.pop();
    if (!held) return;
    to.push({ cues: copy(app.cues), at: app.at });
    app.cues = held.cues;
    app.at = Math.min(held.at, app.cues.length - 1);
    typedAt = 0;
    changed();
    say(words.undone);
  }

  const dirty = () => json(app.cues) !== saved;

  function changed({ rows: all = true } = {}) {
    if (all) rows.draw();
    lanes.draw();
    shows();
    keep();
  }

  function settle() {
    const on = app.cues[app.at];
    app.cues.sort((one, other) => one.start - other.start || one.end - other.end);
    app.at = app.cues.indexOf(on);
    changed();
  }

  function keep() {
    try {
      if (dirty()) sessionStorage.setItem(place, JSON.stringify({ seen, cues: app.cues }));
      else sessionStorage.removeItem(place);
    } catch { /* a browser that keeps nothing: then the page asks before it goes */ }
    if (!kept || sending) return;
    kept.textContent = dirty() ? words.unsaved : "";
  }

  function say(text, values = {}) {
    const line = document.getElementById("told");
    line.textContent = app.fill(text, values);
  }

  // --- choosing, moving ---

  function select(number, { quiet = false } = {}) {
    app.at = number;
    rows.draw();
    lanes.draw();
    if (!quiet) rows.reveal(number);
    lanes.reveal(number);
  }

  function here() {
    const at = app.time();
    return app.cues.findIndex((cue) => cue.start <= at && at < cue.end);
  }

  function next(way) {
    if (!app.cues.length) return;
    const from = app.at >= 0 ? app.at + way : app.cues.findIndex((cue) => cue.end > app.time());
    const number = Math.min(app.cues.length - 1, Math.max(0, from));
    select(number);
    seek(app.cues[number].start);
  }

  function leave() {
    const block = document.querySelector(`.block[data-cue="${app.at}"]`);
    if (block) block.focus({ preventScroll: true });
  }

  // between its neighbours; one that overlaps already may stay as it is
  function put(number, which, start, end) {
    const cue = app.cues[number], before = app.cues[number - 1], after = app.cues[number + 1];
    const low = before ? Math.min(before.end, cue.start) : 0;
    const high = after ? Math.max(after.start, cue.end) : Math.max(app.seconds, cue.end);
    const long = cue.end - cue.start;
    if (which === "start") cue.start = round(Math.min(Math.max(low, start), cue.end - Math.min(LEAST, long)));
    else if (which === "end") cue.end = round(Math.max(Math.min(high, end), cue.start + Math.min(LEAST, long)));
    else {
      cue.start = round(Math.min(Math.max(low, start), high - long));
      cue.end = round(cue.start + long);
    }
    if (which !== "both") seek(which === "start" ? cue.start : cue.end, { alone: true });
    changed();
  }

  function nudge(which, way, frame) {
    const cue = app.cues[app.at];
    if (!cue || !app.edits) return;
    typing();
    const by = way * (frame ? 1 / bench.fps : 0.1);
    put(app.at, which, cue.start + by, cue.end + by);
  }

  // --- deeds ---

  const deeds = {
    previous: () => next(-1),
    next: () => next(1),
    write: () => { if (app.at < 0) next(1); rows.write(app.at); },
    undo: () => step(back, forth),
    redo: () => step(forth, back),
    add() {
      const at = round(Math.min(app.time(), app.seconds - LEAST)), within = here();
      const start = within >= 0 ? app.cues[within].end : at;
      const after = app.cues.find((cue) => cue.start >= start);
      const end = Math.min(start + 2, after ? after.start : Infinity, app.seconds);
      if (end - start < LEAST) return say(words.room);
      mark();
      const cue = { start: round(start), end: round(end), text: "" };
      app.cues.push(cue);
      app.at = app.cues.indexOf(cue);
      settle();
      select(app.at);
      rows.write(app.at);
      say(words.added, { number: app.at + 1 });
    },
    split() {
      const at = round(app.time()), number = here(), cursor = app.at === number ? rows.cursor() : -1;
      const cue = app.cues[number];
      if (!cue || at - cue.start < LEAST / 2 || cue.end - at < LEAST / 2) return say(words.nowhere);
      mark();
      const [first, second] = divided(cue.text, cursor >= 0 ? cursor : -1, (at - cue.start) / (cue.end - cue.start));
      app.cues.splice(number, 1, { ...cue, end: at, text: first }, { ...cue, start: at, text: second });
      app.at = number + 1;
      settle();
      select(app.at);
      say(words.split, { number: number + 1 });
    },
    join() {
      const cue = app.cues[app.at], after = app.cues[app.at + 1];
      if (!cue || !after) return;
      mark();
      const text = [cue.text, after.text].map((one) => one.trim()).filter(Boolean).join(" ");
      const unsure = [cue, after].flatMap((one) => (one.right ? [] : one.unsure || []));
      app.cues.splice(app.at, 2, { start: cue.start, end: Math.max(cue.end, after.end), text, unsure });
      settle();
      say(words.joined, { number: app.at + 1 });
    },
    remove() {
      if (!app.cues[app.at]) return;
      mark();
      app.cues.splice(app.at, 1);
      const was = app.at;
      app.at = Math.min(app.at, app.cues.length - 1);
      changed();
      say(words.removed, { number: was + 1 });
    },
    starts: () => edge("start"),
    ends: () => edge("end"),
  };

  function edge(which) {
    if (!app.cues[app.at]) return;
    mark();
    put(app.at, which, app.time(), app.time());
  }

  // where the cursor stands, else between words, as far into the text as into the time
  function divided(text, cursor, share) {
    if (cursor > 0 && cursor < text.length) return [text.slice(0, cursor).trim(), text.slice(cursor).trim()];
    const wanted = text.length * share;
    let best = -1;
    for (const found of text.matchAll(/\s+/g)) if (best < 0 || Math.abs(found.index - wanted) < Math.abs(best - wanted)) best = found.index;
    return best < 0 ? [text.trim(), ""] : [text.slice(0, best).trim(), text.slice(best).trim()];
  }

  // --- playing ---

  let rate = 0, until = Infinity, last = 0;

  function seek(to, { alone = false } = {}) {
    const at = Math.min(Math.max(0, to), Math.max(0, app.seconds - 0.001));
    if (alone && player && !player.paused) player.pause();
    if (player) player.currentTime = at;
    else still = at;
    shows(at);
    lanes.follow(!alone);
  }

  function run(wanted) {
    if (!player) return;
    until = Infinity;
    rate = wanted;
    if (wanted > 0) {
      player.playbackRate = Math.min(4, wanted);
      player.play().catch(() => { player.muted = true; player.play().catch(() => {}); });
    } else {
      player.pause();
      player.playbackRate = 1;
    }
    last = performance.now();
    if (wanted < 0) requestAnimationFrame(backwards);
  }

  function backwards(now) {
    if (rate >= 0) return;
    const by = (now - last) / 1000;
    if (by > 0.08 && !player.seeking) {
      last = now;
      seek(player.currentTime + rate * by);
      if (player.currentTime <= 0) rate = 0;
    }
    requestAnimationFrame(backwards);
  }

  const plays = {
    back: () => run(rate < 0 ? Math.max(-4, rate * 2) : -1),
    on: () => run(rate > 0 && !player.paused ? Math.min(4, rate + 0.5) : 1),
    stop: () => run(0),
    toggle: () => run(player.paused ? 1 : 0),
    cue() {
      const cue = app.cues[app.at >= 0 ? app.at : here()];
      if (!cue) return;
      seek(cue.start);
      run(1);
      until = cue.end;
    },
  };

  function frame() {
    if (player.currentTime >= until) {
      run(0);
      seek(Math.max(0, until - 1 / bench.fps));
    }
    shows();
    lanes.follow();
    if (!player.paused) requestAnimationFrame(frame);
  }

  function shows(at = app.time()) {
    const cue = app.cues.find((one) => one.start <= at && at < one.end);
    over.textContent = cue ? cue.text : "";
    over.hidden = !cue;
    document.getElementById("clock").textContent = clock(at);
  }

  if (player) {
    player.controls = false; // its own ones lie over the captions, and there are others below
    player.addEventListener("click", () => plays.toggle());
    player.addEventListener("play", () => { if (rate <= 0) rate = 1; requestAnimationFrame(frame); });
    player.addEventListener("pause", () => { if (rate > 0) rate = 0; shows(); lanes.follow(); });
    player.addEventListener("seeked", () => { shows(); lanes.follow(); });
  }

  // --- buttons and keys ---

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const data = button.dataset;
    if (data.deed && (app.edits || ["previous", "next"].includes(data.deed))) deeds[data.deed]();
    if (data.play && player) plays[data.play]();
    if (data.step) { run(0); seek(app.time() + Number(data.step) / bench.fps); }
    if (data.zoom) lanes.zoom(Number(data.zoom));
    if (data.nudge) nudge(...data.nudge.split(" ").map((one, at) => (at ? Number(one) : one)), event.shiftKey);
    if (data.clash) settleClash(data.clash);
  });

  const typingIn = (element) => element.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    const command = event.ctrlKey || event.metaKey;
    if (command && event.code === "KeyS" && app.edits) {
      event.preventDefault();
      form.requestSubmit();
    } else if (command && event.code === "KeyZ" && app.edits && !typingIn(event.target)) {
      event.preventDefault();
      deeds[event.shiftKey ? "redo" : "undo"]();
    }
    if (command || event.altKey || event.isComposing || typingIn(event.target)) return;
    const held = event.shiftKey || event.repeat; // desk.js presses a key once, and without Shift
    const nudges = document.querySelector(`[data-nudge][data-key="${event.code}"]`);
    if (nudges && held) {
      event.preventDefault();
      nudge(...nudges.dataset.nudge.split(" ").map((one, at) => (at ? Number(one) : one)), event.shiftKey);
    }
    const arrow = { ArrowLeft: -1, ArrowRight: 1 }[event.code];
    if (arrow && !event.target.closest("video")) {
      event.preventDefault();
      run(0);
      seek(app.time() + arrow * (event.shiftKey ? 1 : 0.1));
    }
    if (!event.target.closest("#lanes")) return;
    if (["ArrowUp", "ArrowDown"].includes(event.code)) {
      event.preventDefault();
      next(event.code === "ArrowUp" ? -1 : 1);
      leave();
    }
    if (["Enter", "NumpadEnter"].includes(event.code) && app.edits) {
      event.preventDefault();
      deeds.write();
    }
  });

  // --- saving ---

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    send();
  });

  function body() {
    const fields = new URLSearchParams();
    for (const name of ["form_token", "code", "film", "draft"]) fields.set(name, form.elements[name].value);
    fields.set("seen", seen);
    app.cues.forEach((cue, number) => {
      fields.set(`from-${number + 1}`, clock(cue.start));
      fields.set(`to-${number + 1}`, clock(cue.end));
      fields.set(`text-${number + 1}`, cue.text);
      if (cue.right) fields.set(`right-${number + 1}`, "yes");
    });
    return fields;
  }

  async function send() {
    if (sending || !app.edits) return;
    sending = true;
    kept.textContent = words.saving;
    const sent = json(app.cues);
    let line = words.lost;
    try {
      const answer = await fetch(form.action, { method: "POST", body: body(), headers: { Accept: "application/json" }, credentials: "same-origin" });
      const told = (answer.headers.get("content-type") || "").includes("json") ? await answer.json() : null;
      if (answer.ok && told) {
        took(told.now, sent);
        line = told.line;
      } else if (answer.status === 409 && told) {
        differs(told.now);
        line = told.line;
      } else line = told ? told.line : answer.status === 401 ? words.ended : words.refused;
    } catch { /* the line is down */ }
    sending = false;
    keep();
    kept.textContent = line;
  }

  // what was typed while it was on its way stays, and is not saved yet
  function took(now, sent) {
    seen = now.version;
    const draft = document.getElementById("draft");
    if (draft) draft.hidden = true; // whoever saved it has looked at it
    for (const field of document.querySelectorAll('[name="seen"]')) if (field.form.elements.code.value === form.elements.code.value) field.value = seen;
    const still = json(app.cues) === sent;
    saved = json(now.cues);
    if (still) {
      app.cues = now.cues;
      changed();
    }
    clash.hidden = true;
  }

  // --- somebody else was faster ---

  let theirs = null;

  function differs(now) {
    theirs = now;
    document.getElementById("clash-title").textContent = app.fill(words.clash, { who: now.person || "Relay" });
    const moments = [...new Set([...now.cues, ...app.cues].map((cue) => cue.start))].sort((one, other) => one - other);
    const body_ = clash.querySelector("tbody");
    body_.replaceChildren();
    for (const at of moments) {
      const pair = [now.cues, app.cues].map((cues) => cues.find((cue) => cue.start === at));
      if (pair[0] && pair[1] && json([pair[0]]) === json([pair[1]])) continue;
      const line = document.createElement("tr");
      for (const cue of pair) {
        const cell = document.createElement("td");
        cell.textContent = cue ? `${clock(cue.start)} – ${clock(cue.end)} ${cue.text}` : "—";
        cell.dir = "auto";
        line.append(cell);
      }
      body_.append(line);
    }
    clash.hidden = false;
    clash.scrollIntoView({ block: "nearest" });
    clash.focus();
  }

  function settleClash(which) {
    if (!theirs) return;
    seen = theirs.version;
    if (which === "theirs") {
      mark();
      app.cues = copy(theirs.cues);
      app.at = -1;
      saved = json(app.cues);
    }
    clash.hidden = true;
    changed();
    if (which === "mine") send();
  }

  // --- what was kept in this browser ---

  function restore() {
    let draft = null;
    try { draft = JSON.parse(sessionStorage.getItem(place) || "null"); } catch { /* nothing was kept */ }
    if (!draft || !Array.isArray(draft.cues) || json(draft.cues) === saved) return;
    app.cues = draft.cues;
    if (draft.seen === bench.version) {
      window.relayDrafts.say(window.relayDrafts.words.back, "waiting-to-be-sent");
    } else differs({ version: bench.version, person: bench.person, cues: bench.cues });
    changed();
  }

  let leaving = false;
  document.addEventListener("submit", (event) => { leaving = !event.defaultPrevented; });
  window.addEventListener("beforeunload", (event) => { if (dirty() && !leaving) event.preventDefault(); });

  rows.draw();
  lanes.begin();
  shows(0);
  document.getElementById("snap").addEventListener("change", (event) => event.target.blur()); // so that keys work on
  if (app.edits && !form.dataset.typed) restore();
  if (bench.sound) {
    fetch(bench.sound, { credentials: "same-origin" }).then((answer) => (answer.ok ? answer.json() : null)).then((found) => {
      if (found) lanes.hears(found);
      root.dataset.heard = "yes";
    }).catch(() => {});
  } else if (root.querySelector(".legend")) root.querySelector(".legend").textContent = words.mute;
})();
