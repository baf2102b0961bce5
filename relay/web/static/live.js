// What happens while a page stands open: numbers, who is here, what colleagues do. Every page works without this file.
"use strict";

(() => {
  const place = document.getElementById("live");
  if (!place || !window.EventSource) return;
  const told = document.getElementById("meanwhile");
  const HEARTBEAT = 60_000;
  const IDLE = 5 * 60_000; // whoever does nothing for so long has gone; their clip becomes free

  let stream = null;
  let signedOut = false;
  let left = false;
  let active = Date.now();

  function listen() {
    if (stream || signedOut || document.hidden) return; // a browser allows few open lines to a server
    stream = new EventSource(place.dataset.live);
    stream.onmessage = (event) => show(JSON.parse(event.data));
    stream.addEventListener("end", (event) => {
      hangUp();
      if (event.data === "out") out();
      if (event.data === "over") setTimeout(listen, 3000);
    });
  }

  function hangUp() {
    if (stream) stream.close();
    stream = null;
  }

  function show(news) {
    for (const counted of document.querySelectorAll("[data-count]")) {
      const number = counted.querySelector(".count") ?? counted;
      if (counted.dataset.count in news.counts) number.textContent = news.counts[counted.dataset.count];
    }
    const waiting = document.querySelector("[data-waiting]");
    if (waiting) waiting.textContent = news.waiting;
    people(news.here);
    if (news.clip) meanwhile(news.clip);
    // only more than there were when the page was made, so that it never loads again and again
    if ("free" in place.dataset && news.free > Number(place.dataset.free)) location.reload();
  }

  function people(here) {
    for (const line of document.querySelectorAll("[data-here]")) {
      line.hidden = here.length === 0;
      line.querySelector("[data-people]").replaceChildren(...here.map((one) => person(line, one)));
    }
  }

  function person(line, one) {
    const name = document.createElement("span");
    name.textContent = one.you ? line.dataset.you : one.name;
    if (one.clip && !one.you) {
      const link = document.createElement("a");
      link.href = `/clips/${one.clip}`;
      link.textContent = line.dataset.clip.replace("{}", one.clip);
      name.append(" (", link, ")");
    }
    return name;
  }

  // what is typed stays where it is; only the line above the page changes
  function meanwhile(clip) {
    if (String(clip.decision) !== place.dataset.decision) say(clip.line, { again: true, onward: true });
    else if (place.dataset.held !== clip.holder) say(clip.held, { again: true, onward: clip.holder !== "" });
    else if (told) told.hidden = true;
  }

  function say(line, { again = false, onward = false, door = false }) {
    if (!told) return;
    const said = told.querySelector("[data-said]");
    if (said.textContent !== line) said.textContent = line; // a screen reader says it once
    told.querySelector("[data-again]").hidden = !again;
    told.querySelector("[data-onward]").hidden = !onward;
    told.querySelector("[data-door]").hidden = !door;
    told.hidden = false;
  }

  function out() {
    signedOut = true;
    say(place.dataset.out, { door: true });
  }

  function claim() {
    return new URLSearchParams({ form_token: place.dataset.token, page: place.dataset.page });
  }

  async function beat() {
    if (!place.dataset.claim || document.hidden || Date.now() - active > IDLE) return;
    try {
      const answer = await fetch(`${place.dataset.claim}/claim`, { method: "POST", body: claim() });
      if (answer.status === 401) out();
    } catch {
      // no connection just now: the next beat may find one
    }
  }

  function comeBack() {
    if (document.hidden) return;
    active = Date.now();
    left = false;
    signedOut = false; // perhaps signed in again in another window
    listen();
    beat();
  }

  function leave() {
    hangUp();
    if (!place.dataset.claim || left) return;
    left = true;
    navigator.sendBeacon(`${place.dataset.claim}/release`, claim());
  }

  for (const sign of ["keydown", "pointerdown", "input", "wheel"]) {
    addEventListener(sign, () => { active = Date.now(); }, { passive: true });
  }
  const player = document.getElementById("player");
  if (player) player.addEventListener("timeupdate", () => { active = Date.now(); });
  document.addEventListener("submit", (event) => {
    if (event.target.action.endsWith("/decide")) left = true; // the decision gives the clip back
  });
  document.addEventListener("relay-decided", () => { left = true; }); // outbox.js sends it before anybody hears of it
  document.addEventListener("visibilitychange", () => { document.hidden ? hangUp() : comeBack(); });
  addEventListener("pagehide", leave);
  addEventListener("pageshow", (event) => { if (event.persisted) comeBack(); });
  setInterval(beat, HEARTBEAT);
  listen();
})();
