// The timeline below the player: zoom, edges, waveforms, the playhead, panels with the tray, and what others change.
// Everything works without this file.
"use strict";

(() => {
  const STEPS = [0.125, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 8, 12];
  const TILE = 147; // pixels of a clip of middle length, before anybody zooms
  const WAVES_FROM = 150; // pixels: below that nobody reads a waveform
  const plan = () => document.getElementById("plan");
  const track = () => document.querySelector("ol.timeline");
  const items = () => [...document.querySelectorAll(".timeline [data-clip]")];
  const api = () => window.relayPlan;
  let zoom = Number(remembered("relay-zoom")) || 4; // a place in STEPS
  let all = 0; // pixels of a second at which the whole film is seen, when that is asked for
  let scale = 1; // pixels of a second

  function remembered(name) {
    try { return sessionStorage.getItem(name); } catch { return null; }
  }

  // --- widths ---

  function spans() {
    return items().map((item) => item.dataset.span.split(" ").map(Number));
  }

  function lay() {
    const list = track();
    if (!list) return;
    const found = items(), times = spans();
    const sorted = times.map(([first, last]) => last - first).sort((one, other) => one - other);
    const middle = sorted[sorted.length >> 1] || 1;
    scale = all || (TILE / middle) * STEPS[zoom];
    found.forEach((item, number) => size(item, times[number][1] - times[number][0]));
    list.classList.toggle("narrow", middle * scale < 60);
    flags();
    waves();
  }

  function size(item, seconds) {
    item.style.flexBasis = `${Math.max(10, seconds * scale)}px`;
  }

  // a marker stands in its clip where that is used; one that was cut off is not seen
  function flags() {
    for (const flag of document.querySelectorAll(".timeline .flag")) {
      const [first, last] = flag.parentElement.dataset.span.split(" ").map(Number), at = Number(flag.dataset.at);
      flag.hidden = at < first || at > last;
      flag.style.left = `${(100 * (at - first)) / Math.max(0.04, last - first)}%`;
    }
  }

  function zoomed(way) {
    const list = track();
    if (!list) return;
    if (way === 0) {
      const seconds = spans().reduce((sum, [first, last]) => sum + last - first, 0);
      const gaps = items().length * (parseFloat(getComputedStyle(list).columnGap) || 0);
      all = Math.max(0.5, (list.clientWidth - gaps - 30) / Math.max(1, seconds));
    } else {
      all = 0;
      zoom = Math.min(STEPS.length - 1, Math.max(0, zoom + way));
      try { sessionStorage.setItem("relay-zoom", zoom); } catch { /* then it is forgotten */ }
    }
    lay();
    const on = list.querySelector(".on");
    if (on) on.scrollIntoView({ block: "nearest", inline: "center" });
  }

  // --- waveforms: only of clips that are seen, and wide enough ---

  const watcher = new IntersectionObserver((seen) => {
    for (const one of seen) if (one.isIntersecting) wave(one.target);
  }, { rootMargin: "0px 300px" });

  function waves() {
    watcher.disconnect();
    for (const item of items()) {
      const held = item.querySelector(".wave");
      if (held) fit(item, held);
      else if (parseFloat(item.style.flexBasis) > WAVES_FROM) watcher.observe(item);
    }
  }

  function wave(item) {
    watcher.unobserve(item);
    const poster = item.querySelector("img");
    if (!poster || item.querySelector(".wave")) return;
    const box = document.createElement("span"), picture = document.createElement("img");
    box.className = "wave";
    picture.alt = "";
    picture.draggable = false;
    picture.onerror = () => box.remove(); // a mute clip has none
    picture.src = poster.getAttribute("src").replace("/poster/", "/waveform/");
    box.append(picture);
    item.querySelector(".picture").append(box);
    fit(item, box);
  }

  // the picture is of the whole clip: what is cut off lies outside
  function fit(item, box) {
    const [first, last, whole] = item.dataset.span.split(" ").map(Number), used = Math.max(0.04, last - first);
    box.firstChild.style.width = `${(100 * whole) / used}%`;
    box.firstChild.style.marginLeft = `${(-100 * first) / used}%`;
  }

  // --- edges of the clip on the table ---

  let drag = null, pending = 0;

  function edges() {
    const list = track(), on = list && list.querySelector(".on");
    if (!on || !document.getElementById("trim") || on.querySelector(".edge")) return;
    for (const which of ["first", "last"]) {
      const edge = document.createElement("span");
      edge.className = `edge ${which}`;
      edge.dataset.edge = which;
      edge.tabIndex = 0;
      edge.setAttribute("role", "slider");
      edge.setAttribute("aria-label", list.dataset[which]);
      on.append(edge);
    }
    tellEdges(on);
  }

  function tellEdges(item) {
    const [first, last, whole] = item.dataset.span.split(" ").map(Number);
    for (const edge of item.querySelectorAll(".edge")) {
      const value = edge.dataset.edge === "first" ? first : last;
      edge.setAttribute("aria-valuemin", 0);
      edge.setAttribute("aria-valuemax", whole);
      edge.setAttribute("aria-valuenow", value);
      edge.setAttribute("aria-valuetext", `${value.toFixed(2)} s`);
      edge.dataset.time = value.toFixed(2);
    }
  }

  function moved(item, which, to) {
    let [first, last, whole] = item.dataset.span.split(" ").map(Number);
    const frame = 1 / fps();
    if (which === "first") first = Math.max(0, Math.min(to, last - frame));
    else last = Math.min(whole, Math.max(to, first + frame));
    item.dataset.span = `${first} ${last} ${whole}`;
    size(item, last - first);
    tellEdges(item);
    const held = item.querySelector(".wave"), reel = document.getElementById("reel");
    if (held) fit(item, held);
    if (reel) {
      reel.pause();
      reel.currentTime = which === "first" ? first : Math.max(first, last - frame);
    }
    item.dataset.changed = which;
  }

  const fps = () => Number(document.getElementById("film-at")?.dataset.fps || 25);

  function commit(item) {
    clearTimeout(pending);
    const form = document.getElementById("trim"), which = item.dataset.changed;
    if (!form || !which) return;
    delete item.dataset.changed;
    const [first, last] = item.dataset.span.split(" ").map(Number);
    form.elements.first.value = which === "first" ? first.toFixed(3) : "";
    form.elements.last.value = which === "last" ? last.toFixed(3) : "";
    api().send(form, null);
  }

  document.addEventListener("pointerdown", (event) => {
    const edge = event.target.closest(".edge");
    if (!edge) return;
    event.preventDefault();
    const item = edge.closest("[data-clip]"), [first, last] = item.dataset.span.split(" ").map(Number);
    drag = { edge, item, from: event.clientX, at: edge.dataset.edge === "first" ? first : last };
    item.draggable = false;
    edge.setPointerCapture(event.pointerId);
    edge.focus();
  });

  document.addEventListener("pointermove", (event) => {
    if (drag) moved(drag.item, drag.edge.dataset.edge, drag.at + (event.clientX - drag.from) / scale);
  });

  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, () => {
      if (!drag) return;
      const item = drag.item;
      drag = null;
      item.draggable = true;
      commit(item);
    });
  }

  document.addEventListener("keydown", (event) => {
    const edge = event.target.closest && event.target.closest(".edge");
    if (!edge || event.ctrlKey || event.altKey || event.metaKey) return;
    const item = edge.closest("[data-clip]"), way = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1 }[event.code];
    if (event.code === "Enter" || event.code === "Space") commit(item);
    else if (way) {
      const [first, last] = item.dataset.span.split(" ").map(Number);
      const step = event.shiftKey ? 1 : 1 / fps();
      moved(item, edge.dataset.edge, (edge.dataset.edge === "first" ? first : last) + way * step);
      clearTimeout(pending);
      pending = setTimeout(() => commit(item), 800);
    } else return;
    event.preventDefault();
    event.stopImmediatePropagation(); // elsewhere arrows go to the next clip
  }, true);

  document.addEventListener("focusout", (event) => {
    const edge = event.target.closest && event.target.closest(".edge");
    if (edge && !drag && edge.isConnected) commit(edge.closest("[data-clip]"));
  });

  // --- the playhead ---

  const head = document.createElement("i");
  head.className = "playhead";
  let followed = 0;

  document.addEventListener("relay:film", ({ detail }) => {
    const item = detail.clip && document.querySelector(`.timeline [data-clip="${detail.clip}"]`);
    if (!item) {
      head.remove();
      return;
    }
    if (head.parentElement !== item) item.append(head);
    head.style.left = `${100 * Math.min(1, detail.share)}%`;
    if (followed !== detail.clip) {
      followed = detail.clip;
      item.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  });

  // --- points where the film stands; frames of it ---

  document.addEventListener("click", (event) => {
    const film = window.relayFilm, zoomer = event.target.closest("[data-zoom]");
    if (zoomer) zoomed(Number(zoomer.dataset.zoom));
    const mark = event.target.closest("[data-mark]"), step = event.target.closest("[data-step]");
    if (!film || !film.active || (!mark && !step)) return;
    event.stopImmediatePropagation();
    if (step) {
      film.step(Number(step.dataset.step));
      return;
    }
    const here = film.here(), form = document.getElementById("trim");
    if (!here || !form) return;
    form.elements.clip.value = here.clip;
    form.elements.showing.value = here.clip;
    form.elements.first.value = mark.dataset.mark === "first" ? here.seconds.toFixed(3) : "";
    form.elements.last.value = mark.dataset.mark === "last" ? (here.seconds + here.frame).toFixed(3) : "";
    api().send(form, null);
  }, true);

  document.addEventListener("click", (event) => {
    const link = event.target.closest(".timeline a[data-look]");
    if (link && window.relayFilm) window.relayFilm.seekClip(Number(link.closest("[data-clip]").dataset.clip));
  });

  // a marker is set where the film stands, else where the clip does
  document.addEventListener("relay:sends", (event) => {
    const form = event.target;
    if (!form.matches("[data-marker]")) return;
    const film = window.relayFilm, here = film && film.active && film.here(), reel = document.getElementById("reel");
    const typed = form.elements.where.value !== form.elements.where.defaultValue;
    if (here) form.elements.clip.value = here.clip;
    if (here) form.elements.where.value = here.seconds.toFixed(3);
    else if (!typed && reel && reel.currentTime) form.elements.where.value = reel.currentTime.toFixed(3);
  });

  document.addEventListener("wheel", (event) => {
    if (!event.ctrlKey || !event.target.closest(".timeline")) return;
    event.preventDefault();
    zoomed(event.deltaY < 0 ? 1 : -1);
  }, { passive: false });

  // --- panels ---

  const panel = () => document.getElementById("panel");
  let asked = 0;

  async function open(name, page = 1, q = "") {
    const place = panel(), mine = ++asked;
    const words = new URLSearchParams({ page, q, clip: new URLSearchParams(location.search).get("clip") || 0 });
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(`${place.dataset.panels}/${name}?${words}`, { credentials: "same-origin" });
      const text = await answer.text();
      if (!answer.ok || mine !== asked) return;
      const found = new DOMParser().parseFromString(text, "text/html").querySelector(".panel");
      if (!found) return;
      const typed = document.activeElement && document.activeElement.matches("#panel [type=search]");
      const at = typed ? [document.activeElement.value, document.activeElement.selectionStart] : null;
      document.getElementById("panel-body").replaceChildren(found);
      const field = found.querySelector("[type=search]");
      if (at && field) {
        field.focus();
        field.value = at[0];
        field.setSelectionRange(at[1], at[1]);
      }
      Object.assign(place.dataset, { open: name, page: found.dataset.page });
      for (const tab of place.querySelectorAll(".tabs a")) {
        if (tab.dataset.panel === name) tab.setAttribute("aria-current", "true");
        else tab.removeAttribute("aria-current");
      }
    } finally {
      panel().removeAttribute("aria-busy");
    }
  }

  document.addEventListener("click", (event) => {
    const tab = event.target.closest("#panel [data-panel]");
    if (!tab || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const same = tab.dataset.panel === panel().dataset.open;
    open(tab.dataset.panel, tab.dataset.page || 1, same ? document.querySelector("#panel .panel")?.dataset.q : "");
  });

  let typing = 0;
  document.addEventListener("input", (event) => {
    if (!event.target.matches("#panel [type=search]")) return;
    clearTimeout(typing);
    typing = setTimeout(() => open("tray", 1, event.target.value), 250);
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-search]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    open("tray", 1, event.target.elements.q.value);
  }, true);

  // --- what others change meanwhile ---

  let line = null, late = 0;

  function listen() {
    if (line || document.hidden || !window.EventSource || !plan()) return;
    line = new EventSource(plan().dataset.live);
    line.onmessage = (event) => hear(JSON.parse(event.data));
    line.addEventListener("end", (event) => {
      hangUp();
      if (event.data !== "out" && event.data !== "full") setTimeout(listen, 3000);
    });
  }

  function hangUp() {
    if (line) line.close();
    line = null;
  }

  async function hear(news) {
    clearTimeout(late);
    if (!plan() || news.mark === plan().dataset.newest) return;
    if (drag || api().busy() || document.querySelector("[data-changed], .carried")) {
      late = setTimeout(() => hear(news), 500); // not under somebody's hand
      return;
    }
    await api().show(location.pathname + location.search, undefined, true);
    if (!news.you && news.line) told(news.line);
  }

  function told(text) {
    const place = document.getElementById("said");
    if (!place) return;
    const note = document.createElement("p");
    note.className = "saved of-another";
    note.textContent = text;
    place.replaceChildren(note);
    setTimeout(() => note.remove(), 8000);
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? hangUp() : listen()));
  addEventListener("pagehide", hangUp);
  addEventListener("pageshow", (event) => { if (event.persisted) listen(); });

  function settle() {
    lay();
    edges();
  }

  document.addEventListener("relay:page", settle);
  if (plan()) {
    settle();
    listen();
  }
})();
