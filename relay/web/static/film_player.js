// The plan played as it stands, without being rendered: two decks show one item each, in turn, and the next one waits
// with its first picture. What shows when is told by the desk in whole frames, from the same timeline as the render.
"use strict";

window.relayFilm = (() => {
  const AHEAD = 3; // items whose pictures are fetched beforehand
  const SMALL = 0.5; // seconds by which a video may stray before it is sought again
  let plan = null, wanted = null, base = "";
  let frame = 0, rate = 0, last = 0, ticking = false;
  let decks = [], music = null;
  const film = { active: false };

  const stage = () => document.getElementById("film-stage");
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

  // --- the plan ---

  async function load() {
    const page = document.getElementById("plan");
    if (plan && plan.version === page.dataset.version) return true;
    if (wanted) return wanted;
    base = page.dataset.played;
    say(stage().dataset.waits);
    wanted = fetch(`${base}/played.json`, { credentials: "same-origin" }).then((answer) => answer.json()).then((found) => {
      if (found.refused) {
        forget();
        say(found.refused);
        return false;
      }
      const here = plan && spot();
      plan = found;
      plan.clips.forEach((clip) => Object.assign(plan.items[clip.item], { who: clip }));
      document.getElementById("film-at").max = plan.frames - 1;
      build();
      offerCaptions();
      if (here) frame = again(here);
      say("");
      return true;
    }).catch(() => {
      say("");
      return false;
    }).finally(() => { wanted = null; });
    return wanted;
  }

  function forget() {
    stop();
    plan = null;
    for (const deck of decks) deck.root.remove();
    decks = [];
  }

  // the same moment of the same clip, where the plan has become another one
  function spot() {
    const item = plan.items[itemAt(frame)];
    return { clip: item.who ? item.who.clip : 0, own: frame - item.start, frame };
  }

  function again(here) {
    const item = plan.items.find((one) => one.who && one.who.clip === here.clip);
    return Math.min(plan.frames - 1, item ? item.start + Math.min(here.own, item.frames - 1) : here.frame);
  }

  function say(text) {
    const line = document.getElementById("film-said");
    if (!line) return;
    line.textContent = text;
    line.hidden = !text;
  }

  // --- what shows in a frame: film/playing.py says the same ---

  function itemAt(at) {
    let low = 0, high = plan.items.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (plan.items[middle].start <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  function shown(at) {
    const whole = Math.floor(at), number = itemAt(whole), found = [];
    for (const one of [number - 1, number]) {
      const item = plan.items[one];
      if (!item || whole - item.start >= item.frames) continue;
      found.push({ number: one, item, own: whole - item.start, seen: seen(item, whole - item.start, plan.items[one - 1]) });
    }
    const visible = found.filter((one) => one.seen > 0);
    return visible.length ? visible : found.slice(-1);
  }

  function seen(item, own, before) {
    const left = item.frames - own;
    if (item.dip && left <= item.fade) {
      const half = Math.floor(item.fade / 2), gone = item.fade - left;
      return gone < half ? Math.max(0, 1 - gone / half) : 0;
    }
    if (!before || own >= before.fade) return 1;
    if (!before.dip) return own / before.fade;
    const half = Math.floor(before.fade / 2);
    return own < half ? 0 : (own - half) / (before.fade - half);
  }

  function layerSeen(layer, own) {
    if (own < layer.first || own >= layer.last) return 0;
    const come = layer.fade_in ? (own - layer.first) / layer.fade_in : 1;
    const go = layer.fade_out ? (layer.last - own) / layer.fade_out : 1;
    return Math.min(1, come, go);
  }

  // --- decks ---

  function build() {
    const place = stage();
    for (const deck of decks) deck.root.remove();
    place.style.aspectRatio = `${plan.width} / ${plan.height}`;
    place.dataset.ready = "yes";
    decks = [0, 1].map(() => {
      const root = document.createElement("div");
      root.className = "deck";
      root.hidden = true;
      const video = document.createElement("video");
      video.playsInline = true;
      video.preload = "auto";
      video.disablePictureInPicture = true;
      const back = document.createElement("img"), ground = document.createElement("img"), layers = document.createElement("div");
      back.className = "back";
      for (const picture of [back, ground]) picture.alt = "";
      root.append(back, video, ground, layers);
      place.prepend(root);
      return { root, video, back, ground, layers, number: -1, pictures: [] };
    });
    if (music) music.pause();
    music = null;
    if (plan.music) {
      music = new Audio(`${base}/music/${plan.music}`);
      music.loop = true;
      music.volume = 0;
    }
  }

  const card = (picture) => `${base}/cards/${picture}`;

  function put(deck, number) {
    if (deck.number === number) return;
    const item = plan.items[number];
    deck.number = number;
    deck.video.pause();
    deck.layers.replaceChildren();
    deck.pictures = item.layers.map((layer) => {
      const picture = document.createElement("img");
      picture.alt = "";
      picture.src = card(layer.picture);
      picture.style.opacity = 0;
      deck.layers.append(picture);
      return picture;
    });
    const who = item.who;
    deck.video.hidden = !who || !who.proxy;
    deck.back.hidden = !who || !who.poster;
    deck.ground.hidden = Boolean(who);
    if (who) {
      if (who.poster) deck.back.src = `/media/poster/${who.sha256}`;
      deck.video.className = who.turn ? `turn-${who.turn}` : "";
      const address = `/media/proxy/${who.sha256}`;
      if (who.proxy && deck.video.getAttribute("src") !== address) deck.video.src = address;
      if (who.proxy) deck.video.currentTime = time(item, 0);
    } else {
      deck.ground.src = card(item.ground);
    }
  }

  const time = (item, own) => (item.first + own + 0.5) / plan.fps;

  function draw() {
    const now = shown(frame);
    for (const one of now) put(decks[one.number % 2], one.number);
    for (const deck of decks) deck.root.hidden = !now.some((one) => one.number === deck.number);
    const dip = now.map((one) => one.item).find((item) => item.dip && frame >= item.start + item.frames - item.fade);
    const risen = now.find((one) => plan.items[one.number - 1] && plan.items[one.number - 1].dip && one.own < plan.items[one.number - 1].fade);
    stage().style.backgroundColor = dip ? dip.dip : risen ? plan.items[risen.number - 1].dip : "";
    now.forEach((one, place) => drawItem(decks[one.number % 2], one, place));
    const front = now[now.length - 1].seen >= 0.5 || now.length === 1 ? now[now.length - 1] : now[0];
    stage().dataset.item = front.number;
    stage().dataset.clip = front.item.who ? front.item.who.clip : "";
    stage().dataset.frame = Math.floor(frame);
    caption();
    tell(front);
    return now;
  }

  function drawItem(deck, { item, own, seen: much }, place) {
    deck.root.style.opacity = much;
    deck.root.style.zIndex = 1 + place;
    const light = Math.min(1, item.rise ? own / item.rise : 1, item.sink ? (item.frames - own) / item.sink : 1);
    deck.ground.style.opacity = light;
    if (item.motion.length) {
      const [from, to] = item.motion, way = own / Math.max(1, item.frames - 1);
      const [x, y, zoom] = from.map((value, number) => value + (to[number] - value) * way);
      deck.ground.style.transform = `scale(${zoom}) translate(${(0.5 - x) * 100}%, ${(0.5 - y) * 100}%)`;
    } else {
      deck.ground.style.transform = "";
    }
    deck.pictures.forEach((picture, number) => { picture.style.opacity = layerSeen(item.layers[number], own) * light; });
    const first = own === 0 && much === 0;
    deck.video.volume = first ? 0 : Math.min(1, much);
    if (!item.who || !item.who.proxy) return;
    follow(deck, item, own);
  }

  // a video that plays is left to itself while it is near enough: each seek would be heard
  function follow(deck, item, own) {
    const video = deck.video, there = time(item, own + (frame % 1)), away = Math.abs(video.currentTime - there);
    if (rate > 0 && item.frames - own > 1) {
      if (away > SMALL && !video.seeking) video.currentTime = there;
      video.playbackRate = rate;
      if (video.paused) video.play().catch(() => {});
    } else {
      if (!video.paused) video.pause();
      if (away > 0.5 / plan.fps && !video.seeking) video.currentTime = time(item, own);
    }
  }

  function ahead(number) {
    if (rate > 0 && plan.items[number + 1] && decks[(number + 1) % 2].number !== number + 1) {
      const held = shown(frame).some((one) => one.number % 2 === (number + 1) % 2 && one.number !== number + 1);
      if (!held) put(decks[(number + 1) % 2], number + 1);
    }
    for (let next = number; next <= number + AHEAD; next += 1) {
      const item = plan.items[next];
      if (!item || item.fetched) continue;
      item.fetched = true;
      for (const picture of [item.ground, ...item.layers.map((layer) => layer.picture)]) {
        if (picture) new Image().src = card(picture);
      }
    }
  }

  // --- captions that the film carries beside its picture ---

  function offerCaptions() {
    const choice = document.getElementById("film-captions");
    if (!choice) return;
    const codes = Object.keys(plan.captions), called = new Intl.DisplayNames([document.documentElement.lang], { type: "language" });
    choice.parentElement.hidden = codes.length === 0;
    const kept = choice.value;
    choice.replaceChildren(choice.options[0], ...codes.map((code) => new Option(called.of(code), code)));
    choice.value = codes.includes(kept) ? kept : choice.dataset.chosen ? "" : codes[0] || "";
  }

  function caption() {
    const choice = document.getElementById("film-captions"), place = stage();
    if (!choice || !place) return;
    let line = place.querySelector(".film-caption");
    if (!line) {
      line = document.createElement("p");
      line.className = "film-caption";
      line.dir = "auto";
      place.append(line);
    }
    const at = Math.floor(frame), said = (plan.captions[choice.value] || []).find((cue) => cue.first <= at && at < cue.last);
    line.lang = choice.value;
    line.textContent = said ? said.text : "";
    line.hidden = !said;
  }

  document.addEventListener("change", (event) => {
    if (event.target.id !== "film-captions") return;
    event.target.dataset.chosen = "yes";
    if (plan) caption();
    event.target.blur(); // so that keys work on
  });

  // --- time ---

  function tick(now) {
    ticking = rate !== 0;
    if (!ticking || !plan) return;
    const passed = Math.max(0, Math.min(0.25, (now - last) / 1000));
    last = now;
    if (!stage() || !stage().isConnected) {
      stop();
      return;
    }
    advance(passed);
    const current = draw();
    ahead(current[current.length - 1].number);
    hum(current[current.length - 1]);
    if (rate) requestAnimationFrame(tick);
    else ticking = false;
  }

  // the video that is seen tells the time while it plays; a card, and what goes backwards, goes by the clock
  function advance(passed) {
    const now = shown(frame), front = now[0], deck = decks[front.number % 2];
    const video = front.item.who && front.item.who.proxy && deck.number === front.number ? deck.video : null;
    const nearlyOver = front.item.frames - front.own <= 2;
    if (rate > 0 && video && !video.error && !nearlyOver) {
      if (video.readyState < 3 || video.seeking || video.paused) return; // everything waits for its picture
      const told = front.item.start + video.currentTime * plan.fps - front.item.first;
      frame = video.ended ? frame + passed * plan.fps * rate : Math.max(frame, Math.min(told, frame + 2 * passed * plan.fps * rate + 1));
    } else {
      frame += passed * plan.fps * rate;
    }
    if ((rate > 0 && frame >= plan.frames - 1) || (rate < 0 && frame <= 0)) {
      frame = Math.max(0, Math.min(plan.frames - 1, frame));
      rate = 0;
      hush();
    }
  }

  function hum(front) {
    if (!music) return;
    const quiet = front.item.who ? (plan.under === "cards" ? 0 : 0.09) : 0.5; // -21 and -6 LU, as the film has it
    music.volume += (quiet - music.volume) * 0.08;
    if (rate === 1 && music.paused) {
      if (music.duration) music.currentTime = (frame / plan.fps) % music.duration;
      music.play().catch(() => {});
    }
    if (rate !== 1 && !music.paused) music.pause();
  }

  function hush() {
    for (const deck of decks) deck.video.pause();
    if (music) music.pause();
    buttons();
  }

  function tell(front) {
    const at = document.getElementById("film-at"), said = document.getElementById("film-clock");
    if (at && document.activeElement !== at) at.value = Math.floor(frame);
    if (at) at.setAttribute("aria-valuetext", clock(frame / plan.fps));
    if (said) said.textContent = `${clock(frame / plan.fps)} / ${clock(plan.frames / plan.fps)}`;
    const item = front.item;
    document.dispatchEvent(new CustomEvent("relay:film", { detail: { clip: item.who ? item.who.clip : 0, share: (frame - item.start) / item.frames } }));
  }

  function buttons() {
    const button = document.getElementById("film-toggle");
    if (!button) return;
    button.querySelector(".sign").textContent = rate ? "❚❚" : "▶";
    button.querySelector(".said").textContent = ` ${rate ? button.dataset.pause : button.dataset.play}`;
  }

  async function run(speed) {
    film.active = true;
    if (!(await load())) return;
    if (speed > 0 && frame >= plan.frames - 1) frame = 0;
    rate = speed;
    buttons();
    if (!rate) {
      hush();
      draw();
    } else if (!ticking) {
      ticking = true;
      last = performance.now();
      requestAnimationFrame(tick);
    }
  }

  function stop() {
    rate = 0;
    hush();
  }

  async function seek(to) {
    film.active = true;
    if (!(await load())) return;
    frame = Math.max(0, Math.min(plan.frames - 1, to));
    ahead(shown(frame).at(-1).number);
    draw();
    if (!rate) settle();
  }

  // a seek that came while another one was under way is made up for
  function settle() {
    for (const deck of decks) {
      deck.video.onseeked = () => { if (!rate && plan) draw(); };
    }
  }

  const deeds = {
    toggle: () => run(rate ? 0 : 1),
    stop: () => run(0),
    on: () => run(rate > 0 ? Math.min(4, rate * 2) : 1),
    back: () => run(rate < 0 ? Math.max(-4, rate * 2) : -1),
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-film]");
    if (button) deeds[button.dataset.film]();
    else if (event.target.closest("#film-stage")) deeds.toggle();
    else if (event.target.closest("#reel-box")) film.active = false;
  });

  document.addEventListener("input", (event) => {
    if (event.target.id === "film-at") seek(Number(event.target.value));
  });

  // the page of the plan has been exchanged: the monitor is the same, the plan perhaps another
  document.addEventListener("relay:page", () => {
    const page = document.getElementById("plan");
    if (!plan || !page || plan.version === page.dataset.version) return;
    const speed = rate;
    stop();
    load().then((fine) => { if (fine && stage()) { draw(); run(speed); } });
  });

  return Object.assign(film, {
    deeds, seek,
    step: (frames) => { stop(); return seek(Math.floor(frame) + frames); },
    seekClip: (clip) => {
      const item = plan && plan.items.find((one) => one.who && one.who.clip === clip);
      return item && seek(item.start + (plan.items[plan.items.indexOf(item) - 1]?.fade ?? 0));
    },
    // clip and second of it where the film stands; null on a card
    here: () => {
      const item = plan && plan.items[itemAt(Math.floor(frame))];
      if (!item || !item.who) return null;
      return { clip: item.who.clip, seconds: (item.first + Math.floor(frame) - item.start) / plan.fps, frame: 1 / plan.fps };
    },
    state: () => ({ frame, rate, ready: Boolean(plan), frames: plan ? plan.frames : 0 }),
    shown: (at) => shown(at).map(({ number, own, seen: much }) => ({ item: number, frame: own, seen: much })),
  });
})();
