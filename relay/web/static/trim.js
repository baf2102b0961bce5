// In and out points, a quarter turn, the poster: by keys, by buttons, or by dragging on the strip of pictures.
// All of it only fills fields of the clip's form; nothing is kept before that form is sent.
"use strict";

(() => {
  const player = document.getElementById("player");
  const place = document.getElementById("trimming");
  if (!player || !place) return;
  const strip = document.getElementById("strip");
  const form = document.getElementById("judge");
  const fps = Number(place.dataset.fps);
  const told = Number(place.dataset.seconds);
  const SPEEDS = [1, 1.25, 1.5, 1.75, 2];
  const field = (name) => form && form.elements[name];
  const length = () => (Number.isFinite(player.duration) ? Math.min(player.duration, told || player.duration) : told);
  const round = (seconds) => String(Math.round(Math.max(0, seconds) * 1000) / 1000);

  for (const hidden of place.querySelectorAll(".scripted")) hidden.hidden = false;

  function seconds(name) {
    const text = field(name) ? field(name).value.trim().replace(",", ".") : "";
    if (!text) return name === "begins" ? 0 : length();
    const value = text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
    return Number.isFinite(value) ? Math.min(Math.max(0, value), length()) : name === "begins" ? 0 : length();
  }

  function set(name, value) {
    const input = field(name);
    if (!input) return;
    const bare = (name === "begins" && value <= 0) || (name === "ends" && value >= length());
    input.value = bare ? "" : round(value);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function draw() {
    const all = length() || 1;
    const begins = seconds("begins");
    const ends = seconds("ends");
    const share = (at) => `${(100 * Math.min(at, all)) / all}%`;
    place.querySelector(".cut-away.before").style.width = share(begins);
    place.querySelector(".cut-away.behind").style.width = share(all - ends);
    place.querySelector(".playhead").style.left = share(player.currentTime);
    for (const handle of place.querySelectorAll("[data-handle]")) {
      const at = handle.dataset.handle === "begins" ? begins : ends;
      handle.style.left = share(at);
      handle.setAttribute("aria-valuenow", round(at));
    }
  }

  function turn() {
    const degrees = field("turn") ? field("turn").value : (/turn-(\d+)/.exec(player.className) || [0, "0"])[1];
    player.className = degrees === "0" ? "" : `turn-${degrees}`;
    player.controls = degrees === "0"; // they would lie on their side too
  }

  // --- playing ---

  let loop = false;
  let began = false;
  let free = "at" in place.dataset; // from a moment that somebody searched for, wherever the trim ends

  function speed(value) {
    player.playbackRate = value;
    player.defaultPlaybackRate = value;
    document.getElementById("speed").textContent = `${value}×`;
    try { localStorage.setItem("relay-speed", String(value)); } catch { /* then it is as usual next time */ }
  }

  function faster(step) {
    const at = SPEEDS.indexOf(player.playbackRate);
    speed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, (at < 0 ? 0 : at) + step))]);
  }

  function toggle() {
    if (!player.paused) player.pause();
    else player.play().catch(() => {});
  }

  const trimmed = () => seconds("begins") > 0 || seconds("ends") < length() - 0.001;

  player.addEventListener("timeupdate", () => {
    draw();
    const ends = seconds("ends");
    if (player.paused || player.currentTime < ends || player.currentTime > ends + 0.6) return;
    if (loop) player.currentTime = seconds("begins");
    else if (trimmed() && !free) player.pause();
  });
  player.addEventListener("ended", () => {
    if (!loop) return;
    player.currentTime = seconds("begins");
    player.play().catch(() => {});
  });
  player.addEventListener("loadedmetadata", () => {
    if (!began && free) player.currentTime = Math.min(Number(place.dataset.at), length());
    else if (!began && seconds("begins") > 0) player.currentTime = seconds("begins");
    began = true;
    draw();
  });
  player.addEventListener("play", () => {
    if (trimmed() && !free && player.currentTime >= seconds("ends") - 0.02) player.currentTime = seconds("begins");
  });
  player.addEventListener("seeked", draw);
  player.addEventListener("click", () => { if (!player.controls) toggle(); });

  place.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const data = button.dataset;
    if ("cut" in data) { // fills the fields; without a script it is sent and saved
      event.preventDefault();
      set("begins", Number(data.begins));
      set("ends", Number(data.ends));
      if (player.paused || player.currentTime < seconds("begins")) player.currentTime = seconds("begins");
      draw();
    }
    if (data.mark) set(data.mark, player.currentTime);
    if ("turn" in data) {
      field("turn").value = String((Number(field("turn").value) + 90) % 360);
      field("turn").dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (data.step) {
      player.pause();
      player.currentTime = Math.max(0, player.currentTime + Number(data.step) / fps);
    }
    if ("faster" in data) faster(1);
    if ("slower" in data) faster(-1);
    if ("toggle" in data) toggle();
    if ("loop" in data) {
      loop = !loop;
      button.setAttribute("aria-pressed", String(loop));
      if (loop && (player.currentTime < seconds("begins") || player.currentTime >= seconds("ends"))) player.currentTime = seconds("begins");
      if (loop) player.play().catch(() => {});
    }
  });

  // --- dragging ---

  let dragged = "";

  const under = (event) => {
    const box = strip.getBoundingClientRect();
    return (Math.min(Math.max(0, event.clientX - box.left), box.width) / box.width) * length();
  };

  strip.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest("[data-handle]");
    dragged = handle ? handle.dataset.handle : "playhead";
    strip.setPointerCapture(event.pointerId);
    event.preventDefault();
    if (handle) handle.focus();
    drag(event);
  });
  strip.addEventListener("pointermove", (event) => { if (dragged) drag(event); });
  for (const end of ["pointerup", "pointercancel"]) strip.addEventListener(end, () => { dragged = ""; });

  function drag(event) {
    const at = Math.round(under(event) * fps) / fps; // whole frames
    player.pause();
    player.currentTime = Math.min(at, Math.max(0, length() - 0.001));
    if (dragged === "begins") set("begins", Math.min(at, seconds("ends") - 1 / fps));
    if (dragged === "ends") set("ends", Math.max(at, seconds("begins") + 1 / fps));
    draw();
  }

  strip.addEventListener("keydown", (event) => {
    const handle = event.target.closest("[data-handle]");
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.code];
    if (!handle || !step) return;
    event.preventDefault();
    event.stopPropagation();
    const name = handle.dataset.handle;
    const at = seconds(name) + (step * (event.shiftKey ? 10 : 1)) / fps;
    set(name, name === "begins" ? Math.min(at, seconds("ends") - 1 / fps) : Math.max(at, seconds("begins") + 1 / fps));
    player.currentTime = seconds(name);
  });

  document.addEventListener("input", (event) => {
    if (event.target.form !== form) return;
    free = false;
    if (event.target.name === "turn") turn();
    draw();
  });
  document.addEventListener("change", (event) => { if (event.target.name === "turn") turn(); });
  document.addEventListener("relay:restored", () => { turn(); draw(); });

  let kept = null;
  try { kept = localStorage.getItem("relay-speed"); } catch { /* as usual, then */ }
  speed(SPEEDS.includes(Number(kept)) ? Number(kept) : 1);
  if (player.readyState > 0) player.dispatchEvent(new Event("loadedmetadata"));
  turn();
  draw();
})();
