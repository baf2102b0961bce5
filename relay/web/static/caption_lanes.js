// The lanes of a page of captions: the sound, its pauses, a block for each caption, other languages below, the playhead.
// They show what captions.js holds, and tell it what is dragged where.
"use strict";

window.relayLanes = (app) => {
  const FEW = 20; // seconds that are seen at first
  const SNAP = 8, EDGE = 9; // pixels
  const lanes = document.getElementById("lanes"), inner = document.getElementById("inner");
  const canvas = document.getElementById("waves"), mine = document.getElementById("mine");
  const head = document.getElementById("playhead"), snap = document.getElementById("snap");
  const touch = matchMedia("(pointer: coarse)").matches;
  let sound = { hop: 0.02, levels: [], pauses: [] };
  let scale = 0; // pixels of a second
  let drag = null;

  const clock = app.clock;
  const widest = () => Math.max(40, 30000 / Math.max(1, app.seconds));
  const whole = () => (lanes.clientWidth - 2) / Math.max(0.1, app.seconds);

  function begin() {
    const kept = Number(sessionStorage.getItem("relay-caption-scale")) || (lanes.clientWidth - 2) / FEW;
    zoomTo(kept);
    for (const other of app.others) {
      const lane = inner.querySelector(`[data-lane="${other.code}"]`);
      for (const cue of other.cues) {
        const block = document.createElement("span");
        block.className = "block still";
        block.textContent = cue.text;
        block.title = cue.text;
        block.dataset.start = cue.start;
        block.dataset.end = cue.end;
        lane.append(block);
      }
    }
    draw();
  }

  function zoomTo(wanted, around = app.time()) {
    const before = around * scale - lanes.scrollLeft;
    scale = Math.min(widest(), Math.max(whole(), wanted));
    try { sessionStorage.setItem("relay-caption-scale", scale); } catch { /* as usual next time, then */ }
    inner.style.width = `${app.seconds * scale}px`;
    lanes.scrollLeft = around * scale - Math.min(Math.max(0, before), lanes.clientWidth);
    draw();
  }

  function zoom(way) {
    zoomTo(way === 0 ? whole() : scale * (way > 0 ? 1.5 : 1 / 1.5));
  }

  // --- drawing ---

  function place(element, start, end) {
    element.style.left = `${start * scale}px`;
    element.style.width = `${Math.max(3, (end - start) * scale)}px`;
  }

  function draw() {
    if (!scale) return;
    blocks();
    for (const block of inner.querySelectorAll(".block.still")) place(block, Number(block.dataset.start), Number(block.dataset.end));
    quiet();
    waves();
    follow(false);
  }

  function blocks() {
    const held = [...mine.querySelectorAll(".block")];
    app.cues.forEach((cue, number) => {
      const block = held[number] || made();
      block.dataset.cue = number;
      place(block, cue.start, cue.end);
      block.querySelector(".text").textContent = cue.text;
      block.classList.toggle("on", number === app.at);
      block.classList.toggle("doubtful", app.faults(number).length > 0);
      block.tabIndex = number === app.at || (app.at < 0 && number === 0) ? 0 : -1;
      block.setAttribute("aria-pressed", String(number === app.at));
      const words = { number: number + 1, start: clock(cue.start), end: clock(cue.end), text: cue.text || app.words.empty };
      block.setAttribute("aria-label", app.fill(app.words.label, words));
    });
    for (const extra of held.slice(app.cues.length)) extra.remove();
  }

  function made() {
    const block = document.createElement("div");
    block.className = "block";
    block.setAttribute("role", "button");
    for (const part of ["edge first", "text", "edge last"]) {
      const span = document.createElement("span");
      span.className = part;
      block.append(span);
    }
    mine.append(block);
    return block;
  }

  function quiet() {
    const box = document.getElementById("pauses");
    if (box.childElementCount !== sound.pauses.length) {
      box.replaceChildren(...sound.pauses.map(() => document.createElement("span")));
    }
    sound.pauses.forEach(([from, to], number) => place(box.children[number], from, to));
  }

  // only as wide as what is seen: a canvas of five minutes would be too large
  function waves() {
    const width = lanes.clientWidth, height = canvas.clientHeight || 96, ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    const brush = canvas.getContext("2d");
    brush.setTransform(ratio, 0, 0, ratio, 0, 0);
    brush.clearRect(0, 0, width, height);
    ruler(brush, width, height);
    brush.fillStyle = "#f2c96b";
    const middle = (height + 16) / 2, tall = (height - 20) / 2;
    for (let x = 0; x < width; x += 2) {
      const from = Math.floor((lanes.scrollLeft + x) / scale / sound.hop), to = Math.max(from + 1, Math.floor((lanes.scrollLeft + x + 2) / scale / sound.hop));
      let loud = 0;
      for (let at = from; at < to && at < sound.levels.length; at += 1) loud = Math.max(loud, sound.levels[at]);
      const half = Math.max(0.5, (loud / 100) * tall);
      brush.fillRect(x, middle - half, 1.4, half * 2);
    }
  }

  function ruler(brush, width, height) {
    const step = [0.1, 0.5, 1, 2, 5, 10, 30, 60].find((one) => one * scale >= 56) || 120;
    brush.fillStyle = "#cfd6de";
    brush.font = "11px sans-serif";
    for (let at = Math.floor(lanes.scrollLeft / scale / step) * step; at * scale < lanes.scrollLeft + width && at <= app.seconds; at += step) {
      const x = at * scale - lanes.scrollLeft;
      brush.fillRect(x, 0, 1, 5);
      brush.fillText(step < 1 ? clock(at).slice(0, -2) : clock(at).slice(0, -4), x + 3, 11);
    }
    brush.fillStyle = "#3a444f";
    brush.fillRect(0, 16, width, 1);
    brush.fillRect(0, height - 1, width, 1);
  }

  function follow(scrolls = true) {
    const x = app.time() * scale;
    head.style.left = `${x}px`;
    if (scrolls && !drag && (x < lanes.scrollLeft || x > lanes.scrollLeft + lanes.clientWidth - 40)) lanes.scrollLeft = Math.max(0, x - 60);
  }

  function reveal(number) {
    const cue = app.cues[number];
    if (!cue) return;
    const left = cue.start * scale, right = cue.end * scale;
    if (left < lanes.scrollLeft + 10 || right > lanes.scrollLeft + lanes.clientWidth - 10) lanes.scrollLeft = Math.max(0, left - lanes.clientWidth / 4);
  }

  // --- snapping: to where a pause begins or ends, to edges of other languages, to the playhead ---

  function marks() {
    const found = [drag.head];
    for (const [from, to] of sound.pauses) found.push(from, to);
    for (const other of app.others) for (const cue of other.cues) found.push(cue.start, cue.end);
    return found;
  }

  function snapped(at, free) {
    if (!snap.checked || free) return at;
    const near = marks().reduce((best, mark) => (Math.abs(mark - at) < Math.abs(best - at) ? mark : best), Infinity);
    return Math.abs(near - at) * scale <= SNAP ? near : at;
  }

  // --- dragging ---

  const under = (event) => (event.clientX - inner.getBoundingClientRect().left) / scale;

  function grabbed(event) {
    const block = event.target.closest(".mine .block");
    if (!block) return null;
    const box = block.getBoundingClientRect(), edge = Math.min(touch ? 16 : EDGE, box.width / 3);
    const number = Number(block.dataset.cue), cue = app.cues[number];
    const which = event.clientX - box.left < edge ? "start" : box.right - event.clientX < edge ? "end" : "both";
    return { number, which, from: under(event), start: cue.start, end: cue.end, head: app.time(), moved: false };
  }

  lanes.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    drag = grabbed(event);
    if (!drag && touch) return; // a finger scrolls the lanes, and a tap goes there
    event.preventDefault();
    if (drag) {
      app.select(drag.number);
      const block = mine.querySelector(`[data-cue="${drag.number}"]`);
      if (block) block.focus({ preventScroll: true });
      if (!app.edits) drag = null;
    } else {
      drag = { which: "seek" };
      app.seek(under(event));
    }
    if (drag) lanes.setPointerCapture(event.pointerId);
  });

  lanes.addEventListener("pointermove", (event) => {
    if (!drag) return;
    if (drag.which === "seek") {
      app.seek(under(event));
      return;
    }
    const by = under(event) - drag.from;
    if (!drag.moved && Math.abs(by * scale) < 3) return;
    if (!drag.moved) app.mark();
    drag.moved = true;
    let start = drag.start, end = drag.end;
    if (drag.which === "start") start = snapped(start + by, event.altKey);
    else if (drag.which === "end") end = snapped(end + by, event.altKey);
    else {
      const first = snapped(start + by, event.altKey), last = snapped(end + by, event.altKey);
      const moved = first !== start + by ? first - start : last !== end + by ? last - end : by;
      start += moved;
      end += moved;
    }
    app.put(drag.number, drag.which, start, end);
  });

  for (const end of ["pointerup", "pointercancel"]) {
    lanes.addEventListener(end, () => {
      const was = drag;
      drag = null;
      if (was && was.moved) app.settle();
    });
  }

  lanes.addEventListener("click", (event) => {
    if (touch && !event.target.closest(".mine .block")) app.seek(under(event));
  });
  lanes.addEventListener("dblclick", (event) => { if (event.target.closest(".mine .block")) app.write(); });
  lanes.addEventListener("scroll", waves);
  new ResizeObserver(() => zoomTo(scale || (lanes.clientWidth - 2) / FEW)).observe(lanes);

  return {
    begin, draw, follow, reveal, zoom,
    hears: (found) => { sound = found; draw(); },
    pauses: () => sound.pauses,
  };
};
