// Watching a film with others: marks below the picture and the list of remarks go in step, a remark knows its moment,
// and what is drawn over a frame is shown over it again. Everything else works without this file.
"use strict";

(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const player = document.getElementById("player");
  const list = document.querySelector("#remarks ol");
  const form = document.querySelector(".remark-form");
  const NEAR = 0.21; // seconds around a remark's moment in which its drawing is shown
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, "0")}`;
  const made = (name, attributes) => {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  };
  for (const hidden of document.querySelectorAll(".scripted")) hidden.hidden = false;

  // --- marks and list ---

  const itemOf = (number) => document.getElementById(`remark-${number}`);

  for (const scrubber of document.querySelectorAll(".scrubber")) follow(scrubber);

  function follow(scrubber) {
    const video = document.getElementById(scrubber.dataset.player);
    const bubble = scrubber.querySelector(".bubble");
    const marks = [...scrubber.querySelectorAll(".mark")];
    const seconds = () => (Number.isFinite(video.duration) ? video.duration : Number(scrubber.dataset.seconds)) || 1;
    video.addEventListener("timeupdate", () => scrubber.querySelector(".played").setAttribute("width", `${(100 * video.currentTime) / seconds()}%`));
    scrubber.addEventListener("click", (event) => {
      if (event.target.closest(".mark")) return;
      const box = scrubber.querySelector(".marks").getBoundingClientRect();
      if (event.clientY <= box.bottom) seek(video, ((event.clientX - box.left) / box.width) * seconds());
    });
    // one stop for the Tab key, arrows between the marks
    marks.forEach((mark, number) => {
      if (number) mark.setAttribute("tabindex", "-1");
      mark.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.code];
        if (!step) return;
        event.preventDefault();
        event.stopPropagation();
        const next = marks[(number + step + marks.length) % marks.length];
        for (const each of marks) each.setAttribute("tabindex", each === next ? "0" : "-1");
        next.focus();
      });
      const show = () => say(bubble, mark, scrubber);
      const hide = () => { bubble.hidden = true; point(null); };
      mark.addEventListener("mouseenter", show);
      mark.addEventListener("focus", show);
      mark.addEventListener("mouseleave", hide);
      mark.addEventListener("blur", hide);
      mark.addEventListener("click", (event) => {
        event.preventDefault();
        event.stopPropagation();
        seek(video, Number(mark.dataset.seek));
        choose(mark.dataset.remark);
      });
    });
  }

  function say(bubble, mark, scrubber) {
    bubble.textContent = mark.getAttribute("aria-label");
    bubble.hidden = false;
    const box = scrubber.getBoundingClientRect();
    const at = mark.getBoundingClientRect();
    const wished = at.left + at.width / 2 - box.left - bubble.offsetWidth / 2;
    bubble.style.left = `${Math.max(0, Math.min(wished, box.width - bubble.offsetWidth))}px`;
    point(itemOf(mark.dataset.remark));
  }

  function point(item) {
    for (const each of document.querySelectorAll(".one.pointed")) each.classList.remove("pointed");
    if (item) item.classList.add("pointed");
  }

  function choose(number) {
    for (const each of document.querySelectorAll(".one.chosen, .mark.chosen")) each.classList.remove("chosen");
    const item = itemOf(number);
    for (const mark of document.querySelectorAll(`.mark[data-remark="${number}"]`)) mark.classList.add("chosen");
    if (!item) return;
    item.classList.add("chosen");
    list.scrollTop += item.getBoundingClientRect().top - list.getBoundingClientRect().top - 12;
  }

  function seek(video, seconds) {
    video.pause();
    video.currentTime = seconds;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-seek]");
    if (link && player) {
      event.preventDefault();
      seek(player, Number(link.dataset.seek));
      player.scrollIntoView({ block: "nearest" });
      const item = link.closest(".one");
      if (item) choose(item.id.replace("remark-", ""));
      return;
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) copy.select();
    const go = event.target.closest("[data-go]");
    if (go) step(Number(go.dataset.go));
    const frame = event.target.closest("[data-frame]");
    if (frame) {
      player.pause();
      player.currentTime += Number(frame.dataset.frame) / Number(document.querySelector("[data-fps]").dataset.fps);
    }
    if (event.target.closest("[data-remark-here]")) {
      event.preventDefault();
      form.querySelector("[data-says]").focus();
      form.scrollIntoView({ block: "nearest" });
    }
  });

  function step(by) {
    const items = [...document.querySelectorAll(".one[data-at]")].sort((one, other) => one.dataset.at - other.dataset.at);
    if (!items.length) return;
    const at = items.indexOf(document.querySelector(".one.chosen"));
    const near = by > 0 ? items.findIndex((item) => Number(item.dataset.at) > player.currentTime + 0.05) : items.findLastIndex((item) => Number(item.dataset.at) < player.currentTime - 0.05);
    const next = at >= 0 && Math.abs(Number(items[at].dataset.at) - player.currentTime) < NEAR ? at + by : near;
    const item = items[Math.max(0, Math.min(next < 0 ? (by > 0 ? items.length - 1 : 0) : next, items.length - 1))];
    seek(player, Number(item.dataset.at));
    choose(item.id.replace("remark-", ""));
  }

  // --- a remark knows its moment ---

  const moment = form && form.querySelector("[data-moment]");
  const says = form && form.querySelector("[data-says]");
  const begun = () => says.value !== "" || strokes.length > 0;
  let strokes = [];

  if (player && form) {
    const take = () => { if ((player.currentTime > 0 || !player.paused) && !begun()) moment.value = clock(player.currentTime); };
    says.addEventListener("focus", () => {
      player.pause();
      take();
    });
    player.addEventListener("seeked", take);
    player.addEventListener("pause", take);
  }

  // --- drawings ---

  const button = document.querySelector("[data-draw]");
  const drawing = () => Boolean(button) && button.getAttribute("aria-pressed") === "true";
  const MOST = 200;
  let tool = "pen";
  let current = null;

  const overlay = player && made("svg", { class: "overlay", viewBox: "0 0 1600 900", preserveAspectRatio: "none", "aria-hidden": "true" });
  if (overlay) {
    player.parentElement.append(overlay);
    for (const what of ["timeupdate", "seeked", "play"]) player.addEventListener(what, showDrawings);
    player.addEventListener("loadedmetadata", fit);
    window.addEventListener("resize", fit);
    fit();
    showDrawings();
  }

  /** Over the picture itself, without the bars beside it. */
  function fit() {
    const box = player.getBoundingClientRect();
    const around = player.parentElement.getBoundingClientRect();
    const shape = player.videoWidth ? player.videoWidth / player.videoHeight : box.width / box.height;
    const width = Math.min(box.width, box.height * shape);
    const height = width / shape;
    Object.assign(overlay.style, {
      left: `${box.left - around.left + (box.width - width) / 2}px`, top: `${box.top - around.top + (box.height - height) / 2}px`,
      width: `${width}px`, height: `${height}px`,
    });
  }

  function showDrawings() {
    if (drawing()) return;
    const now = player.currentTime;
    const shown = [...document.querySelectorAll(".one[data-at]")].filter((item) => item.querySelector(".strokes")
      && now >= Number(item.dataset.at) - NEAR / 4 && now <= Math.max(Number(item.dataset.until), Number(item.dataset.at) + NEAR));
    const key = shown.map((item) => item.id).join() + strokes.length;
    if (overlay.dataset.key === key) return;
    overlay.dataset.key = key;
    overlay.replaceChildren(...shown.flatMap((item) => [...item.querySelector(".strokes").children].map((path) => path.cloneNode())));
    for (const stroke of strokes) paint(stroke);
  }

  if (button && overlay) {
    button.addEventListener("click", () => turn(!drawing()));
    form.querySelector(".tools").addEventListener("click", (event) => {
      const chosen = event.target.closest("[data-tool]");
      if (chosen) {
        tool = chosen.dataset.tool;
        for (const each of form.querySelectorAll("[data-tool]")) each.setAttribute("aria-pressed", String(each === chosen));
      }
      if (event.target.closest("[data-rub]")) {
        strokes.pop();
        redraw();
      }
    });
    overlay.addEventListener("pointerdown", (event) => {
      if (!drawing() || strokes.length >= 24) return;
      overlay.setPointerCapture(event.pointerId);
      current = { tool, points: [where(event)] };
      event.preventDefault();
    });
    overlay.addEventListener("pointermove", (event) => {
      if (!current) return;
      const point = where(event);
      if (current.tool !== "pen") current.points = [current.points[0], point];
      else if (apart(point, current.points.at(-1)) > 0.004) current.points.push(point);
      if (current.points.length > MOST) current.points = current.points.filter((_, number) => number % 2 === 0);
      redraw();
    });
    for (const what of ["pointerup", "pointercancel"]) overlay.addEventListener(what, () => {
      if (current && (current.tool === "pen" || current.points.length === 2)) strokes.push(current);
      current = null;
      redraw();
    });
    form.addEventListener("reset", () => { strokes = []; });
  }

  function turn(on) {
    button.setAttribute("aria-pressed", String(on));
    form.querySelector(".tools").hidden = !on;
    overlay.classList.toggle("open", on);
    if (on) {
      player.pause();
      player.controls = false;
      if (!begun()) moment.value = clock(player.currentTime);
      player.scrollIntoView({ block: "nearest" });
      fit();
    } else {
      player.controls = true;
      overlay.dataset.key = "";
    }
    redraw();
  }

  function where(event) {
    const box = overlay.getBoundingClientRect();
    const share = (value) => Math.round(Math.min(1, Math.max(0, value)) * 10000) / 10000;
    return [share((event.clientX - box.left) / box.width), share((event.clientY - box.top) / box.height)];
  }

  const apart = (one, other) => Math.hypot(one[0] - other[0], one[1] - other[1]);

  function redraw() {
    overlay.replaceChildren();
    for (const stroke of current ? [...strokes, current] : strokes) paint(stroke);
    form.elements.strokes.value = strokes.length ? JSON.stringify(strokes) : "";
    says.required = true;
  }

  function paint(stroke) {
    const d = path(stroke);
    if (d) overlay.append(made("path", { class: "halo", d }), made("path", { d }));
  }

  /** As relay/almanac/delivery/reviewing/drawing.py draws it. */
  function path({ tool: kind, points }) {
    const at = points.map(([x, y]) => [x * 1600, y * 900]);
    const line = (some) => `M${some.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`;
    if (kind === "pen") return line(at.length > 1 ? at : [at[0], at[0]]);
    if (at.length < 2) return "";
    const [[left, top], [right, bottom]] = at;
    if (kind === "rectangle") return `${line([[left, top], [right, top], [right, bottom], [left, bottom]])}Z`;
    const back = Math.atan2(top - bottom, left - right);
    const barb = (angle) => line([[right + 36 * Math.cos(back + angle), bottom + 36 * Math.sin(back + angle)], at[1]]);
    return line(at) + barb((-28 * Math.PI) / 180) + barb((28 * Math.PI) / 180);
  }

  // --- where the address points, and printing ---

  const named = /^#remark-(\d+)$/.exec(location.hash);
  if (named && player) {
    const item = itemOf(named[1]);
    if (item && item.dataset.at) {
      const there = () => seek(player, Number(item.dataset.at));
      if (player.readyState >= 1) there();
      else player.addEventListener("loadedmetadata", there, { once: true });
    }
    if (item) choose(named[1]);
  }

  for (const printing of document.querySelectorAll("[data-print]")) {
    printing.hidden = false;
    printing.addEventListener("click", () => window.print());
  }
})();
