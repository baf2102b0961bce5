// Plays a film that is still being made: its parts are fetched one by one as they are there, into the browser's own
// player (Media Source Extensions; where there are none, the player reads the same parts as HLS). Without this file the
// page tells how far the film is, and leads to the finished one.
"use strict";

(() => {
  const LIST = "film.m3u8";
  const AHEAD = 30, BEHIND = 60, SLACK = 0.1; // seconds that are fetched ahead and kept behind; a gap that is none
  const place = document.getElementById("watch");
  const video = document.getElementById("watch-player");
  const veil = document.getElementById("watch-veil");
  const bar = document.getElementById("watch-made");
  const Source = window.ManagedMediaSource || window.MediaSource;
  const byId = (id) => document.getElementById(`watch-${id}`);
  let state = null; // what the desk told last
  let mark = ""; // of the render that plays
  let source = null, buffer = null, busy = false, finished = false, unplayable = false, asking = 0;

  for (const one of place.querySelectorAll(".scripted")) one.toggleAttribute("hidden", one.id === "watch-finished"); // also of SVG
  for (const shown of place.querySelectorAll(".no-script")) shown.hidden = true;

  // --- what the desk tells ---

  async function ask() {
    clearTimeout(asking);
    try {
      const answer = await fetch(place.dataset.state, { credentials: "same-origin", cache: "no-store" });
      if (answer.ok) take(await answer.json());
    } catch { /* the desk is away: it is asked again */ }
    asking = setTimeout(ask, !state || state.running ? 700 : 5000);
  }

  function take(now) {
    const gone = Boolean(mark || place.dataset.mark) && !now.kind;
    state = now;
    say("said", now.said);
    say("sound", now.sound);
    tell(gone ? place.dataset.gone : now.trouble || (unplayable && now.running ? place.dataset.unplayable : ""));
    byId("percent").value = now.percent;
    byId("percent").hidden = !now.running || Boolean(now.found && now.found.until); // then the bar of parts tells more
    offer(now);
    drawn(now.found);
    if (now.closed) close();
    else if (now.found && now.found.codecs && !finished) begin(now);
    goOn();
    pump();
    covered();
  }

  function tell(trouble) {
    say("trouble", trouble);
    byId("trouble").hidden = !trouble;
  }

  function say(id, text) {
    if (byId(id).textContent !== text) byId(id).textContent = text;
  }

  function offer(now) {
    byId("done").hidden = !now.page || now.closed;
    byId("finished").hidden = !now.file || finished;
    if (now.page) byId("page").href = now.page;
  }

  // --- which parts there are, below the picture ---

  let seen = "";

  function drawn(found) {
    const made = found ? found.made : "";
    if (made === seen) return;
    seen = made;
    const parts = bar.querySelector("g");
    parts.replaceChildren();
    for (let at = 0; at < made.length; at += 1) {
      if (made[at] !== "1") continue;
      const from = begins(at);
      while (made[at + 1] === "1") at += 1;
      const part = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      const box = { class: "part", x: share(from), y: 4, width: share(found.ends[at] - from), height: 6 };
      for (const [name, value] of Object.entries(box)) part.setAttribute(name, value);
      parts.append(part);
    }
  }

  const share = (seconds) => `${((100 * seconds) / state.found.seconds).toFixed(3)}%`;
  const begins = (part) => (part ? state.found.ends[part - 1] : 0);

  function partAt(seconds) {
    const part = state.found.ends.findIndex((end) => end > seconds + 0.001);
    return part < 0 ? state.found.ends.length - 1 : part;
  }

  // what of the picture is covered: somebody waits for a part that is not made
  function covered() {
    if (state && state.closed) return;
    const found = state && state.found;
    const waits = found && !finished && video.src && video.readyState < 3 && found.made[partAt(video.currentTime + 2 * SLACK)] === "0";
    veil.hidden = !waits;
    if (waits) veil.textContent = place.dataset.waits;
  }

  // --- playing ---

  function begin(now) {
    if (now.mark === mark) return;
    const at = video.currentTime, type = `video/mp4; codecs="${now.found.codecs}"`;
    mark = now.mark;
    source = buffer = null;
    if (Source && Source.isTypeSupported(type)) feed(now, type, at);
    else if (video.canPlayType("application/vnd.apple.mpegurl")) start(address(LIST), at);
    else unplayable = true;
  }

  const address = (file) => `${place.dataset.here}${mark}/${file}`;

  function start(address_, at) {
    video.src = address_;
    if (at) video.currentTime = at;
    video.play().catch(() => {}); // a browser that wants to be asked first shows its button
  }

  // some players take a list that still grows for a whole film, and end with what was in it
  function goOn() {
    const stopped = video.ended && !source && !finished && mark && state.found;
    if (stopped && state.found.until > video.currentTime + SLACK) start(address(LIST), video.currentTime);
  }

  function feed(now, type, at) {
    const own = new Source(), link = URL.createObjectURL(own);
    source = own;
    video.disableRemotePlayback = true; // without it a managed source doesn't open
    own.addEventListener("sourceopen", async () => {
      URL.revokeObjectURL(link);
      if (own !== source || buffer) return;
      own.duration = now.found.seconds;
      const made = own.addSourceBuffer(type);
      if (await fetched(made, own, "head.mp4")) {
        buffer = made;
        pump();
      }
    });
    start(link, at);
  }

  // fetches a file and hands it to the player; false where there is none, or another film plays by now
  async function fetched(into, own, file) {
    try {
      const answer = await fetch(address(file), { credentials: "same-origin" });
      if (!answer.ok) return false;
      const bytes = await answer.arrayBuffer();
      if (own !== source) return false;
      await done(into, () => into.appendBuffer(bytes));
      return own === source;
    } catch (error) {
      if (error.name === "QuotaExceededError") await forget(0);
      return false;
    }
  }

  function done(into, deed) {
    return new Promise((resolve, reject) => {
      const end = () => { into.removeEventListener("updateend", end); resolve(); };
      into.addEventListener("updateend", end);
      try { deed(); } catch (error) { into.removeEventListener("updateend", end); reject(error); }
    });
  }

  // one part after the other, from where the player stands; what lies far behind is forgotten
  async function pump() {
    if (busy || !buffer || !state || !state.found) return;
    busy = true;
    const own = source;
    try {
      for (let part = wanted(); part >= 0; part = wanted()) {
        if (!(await fetched(buffer, own, `${part}.m4s`))) break;
        await forget(BEHIND);
        covered();
      }
      end(own);
    } finally {
      busy = false;
    }
  }

  function wanted() {
    if (!state || !state.found || !buffer) return -1;
    for (let part = partAt(video.currentTime); part < state.found.ends.length; part += 1) {
      if (begins(part) > video.currentTime + AHEAD) return -1;
      if (!holds(begins(part), state.found.ends[part])) return state.found.made[part] === "1" ? part : -1;
    }
    return -1;
  }

  function holds(from, to) {
    const ranges = buffer.buffered;
    for (let at = 0; at < ranges.length; at += 1) {
      if (ranges.start(at) <= from + SLACK && ranges.end(at) >= to - SLACK) return true;
    }
    return false;
  }

  async function forget(behind) {
    const last = video.currentTime - Math.max(behind, 10);
    if (!buffer || buffer.updating || !buffer.buffered.length || buffer.buffered.start(0) > last - 10) return;
    await done(buffer, () => buffer.remove(0, last));
  }

  // nothing comes behind the last part: the player may end there
  function end(own) {
    if (own !== source || !buffer || own.readyState !== "open" || buffer.updating || !state.found) return;
    const ends = state.found.ends, last = ends.length - 1;
    if (holds(Math.max(begins(last), ends[last] - 2 * SLACK), ends[last])) own.endOfStream();
  }

  // --- the end ---

  // the finished film takes over at the same moment
  byId("finished").addEventListener("click", () => {
    const at = video.ended ? 0 : video.currentTime, going = !video.paused || video.ended;
    finished = true;
    source = buffer = null;
    video.addEventListener("loadedmetadata", () => {
      video.currentTime = at;
      if (going) video.play().catch(() => {});
    }, { once: true });
    video.src = state.file;
    say("sound", "");
    byId("finished").hidden = true;
    byId("page").focus();
    covered();
  });

  // somebody in it has taken their video back: nothing of it stays
  function close() {
    if (!source && !video.getAttribute("src")) return;
    source = buffer = null;
    mark = "";
    video.removeAttribute("src");
    video.load();
    veil.hidden = false;
    veil.className = "veil whole";
    veil.textContent = state.trouble;
  }

  for (const kind of ["waiting", "seeking", "seeked", "playing", "timeupdate"]) {
    video.addEventListener(kind, () => {
      if (state && state.found) bar.querySelector(".head").setAttribute("x", share(Math.min(video.currentTime, state.found.seconds)));
      if (kind !== "timeupdate") covered();
      pump();
    });
  }
  ask();
})();
