// The editor's page. Everything works without this file; with it nothing has to be loaded again, clips are dragged, and
// points are set where the player stands.
"use strict";

(() => {
  const reel = () => document.getElementById("reel");

  // --- the plan: forms are sent, and the page that comes back takes the place of this one ---

  let busy = false;

  // `quiet`: the page is the same, somebody else has changed the plan
  async function show(address, options, quiet) {
    if (busy) return;
    busy = true;
    document.body.classList.add("busy");
    try {
      const answer = await fetch(address, { credentials: "same-origin", ...options });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const plan = page.getElementById("plan");
      if (!plan) {
        location.assign(options ? location.href : address);
        return;
      }
      exchange(page, Boolean(options) || quiet);
      away(false);
      const bare = new URL(answer.url);
      if (bare.pathname.endsWith("/plan")) history.replaceState(null, "", bare.pathname + bare.search);
    } catch {
      away(true);
    } finally {
      busy = false;
      document.body.classList.remove("busy");
    }
  }

  // a page that went on without the desk keeps its player, its place and what is typed in it
  function away(is) {
    const said = document.getElementById("plan-away");
    said.hidden = !is;
    if (is) said.scrollIntoView({ block: "nearest" });
  }

  function keep(page, id) {
    const old = document.getElementById(id), now = page.getElementById(id);
    if (old && now) now.replaceWith(old);
  }

  // the field or handle that has the focus, as it is found again on the page that comes
  function focused() {
    const field = document.activeElement;
    if (!field || !field.closest("#plan")) return null;
    if (field.dataset.edge) return { find: `.timeline .on [data-edge="${field.dataset.edge}"]` };
    if (!field.form || !field.name) return null;
    const text = field.matches("input:not([type]), input[type=search], textarea");
    const at = text ? [field.selectionStart, field.selectionEnd] : null;
    return { action: field.form.getAttribute("action"), name: field.name, clip: field.form.elements.clip?.value, at };
  }

  function refocus(was) {
    if (!was) return;
    let field = was.find && document.querySelector(was.find);
    for (const form of was.action ? document.querySelectorAll("#plan form") : []) {
      const mine = form.getAttribute("action") === was.action && (!form.elements.clip || form.elements.clip.value === was.clip);
      if (mine && form.elements[was.name]) field = form.elements[was.name];
    }
    if (!field || !field.focus) return;
    field.focus({ preventScroll: true });
    if (was.at) field.setSelectionRange(...was.at);
  }

  function exchange(page, changed) {
    const was = focused();
    const list = document.querySelector(".timeline"), left = list ? list.scrollLeft : 0;
    keep(page, "monitor");
    if (!changed) keep(page, "panel");
    const before = reel();
    const after = page.getElementById("reel");
    const same = before && after && before.getAttribute("src").split("#")[0] === after.getAttribute("src").split("#")[0];
    if (same) {
      const at = before.currentTime;
      Object.assign(before.dataset, after.dataset);
      after.replaceWith(before);
      before.currentTime = at;
    }
    for (const old of document.querySelectorAll("main > .notice")) old.remove();
    const notice = page.querySelector("main > .notice");
    const plan = document.getElementById("plan");
    const scrolled = window.scrollY;
    plan.replaceWith(page.getElementById("plan"));
    if (notice) document.querySelector("main").prepend(notice);
    const row = document.querySelector(".timeline");
    document.dispatchEvent(new CustomEvent("relay:page", { detail: page }));
    if (row) row.scrollLeft = left;
    settle();
    refocus(was);
    if (notice) notice.scrollIntoView({ block: "nearest" });
    else window.scrollTo(0, scrolled);
  }

  function settle() {
    for (const hidden of document.querySelectorAll(".scripted")) hidden.hidden = false;
    const video = reel();
    if (video && !video.dataset.watched) {
      video.dataset.watched = "yes";
      video.addEventListener("timeupdate", stopAtTheEnd);
    }
    askCost();
    follow();
    const on = document.querySelector(".timeline .on");
    if (on && on.parentElement.scrollWidth > on.parentElement.clientWidth) on.scrollIntoView({ block: "nearest", inline: "center" });
  }

  function stopAtTheEnd(event) {
    const video = event.target;
    const end = Number(video.dataset.out);
    if (!video.paused && video.currentTime >= end && video.currentTime < end + 0.4) video.pause();
  }

  let costing = 0;

  // it takes the desk a moment: not while somebody makes one change after the other
  function askCost() {
    clearTimeout(costing);
    costing = setTimeout(costNow, 1200);
  }

  async function costNow() {
    const place = document.querySelector("[data-cost]");
    if (!place || document.hidden) return;
    try {
      const answer = await fetch(place.dataset.cost, { credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.getElementById("cost");
      const now = document.querySelector("[data-cost]");
      if (now === place && found) place.replaceWith(found);
    } catch { /* the link stays, and can be pressed */ }
  }

  let following = 0;

  function follow() {
    const place = document.querySelector("[data-making]");
    clearTimeout(following);
    if (!place) return;
    following = setTimeout(async () => {
      try {
        const job = await (await fetch(place.dataset.making, { credentials: "same-origin" })).json();
        if (job && job.running) {
          place.querySelector("progress").value = job.percent;
          follow();
        } else {
          show(location.pathname + location.search);
        }
      } catch {
        follow();
      }
    }, 700);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-plan]")) return;
    form.dispatchEvent(new CustomEvent("relay:sends", { bubbles: true }));
    event.preventDefault();
    event.stopImmediatePropagation();
    send(form, event.submitter);
  }, true);

  function send(form, submitter) {
    const action = submitter && submitter.hasAttribute("formaction") ? submitter.formAction : form.action;
    const body = new URLSearchParams(new FormData(form)), panel = document.getElementById("panel");
    body.set("seen", document.getElementById("plan").dataset.version);
    const showing = new URLSearchParams(location.search).get("clip");
    if (body.get("showing") === "0" && showing) body.set("showing", showing);
    if (panel && panel.dataset.open) {
      const shown = panel.querySelector(".panel");
      for (const name of ["page", "q"]) body.set(name, (shown && shown.dataset[name]) || (name === "page" ? 1 : ""));
      body.set("panel", panel.dataset.open);
    }
    return show(action, { method: "POST", body });
  }

  window.relayPlan = { show, send, busy: () => busy };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-look]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      if (window.relayFilm) window.relayFilm.active = false;
      show(link.href);
      return;
    }
    const mark = event.target.closest("[data-mark]");
    if (mark && reel()) {
      const form = mark.form;
      form.elements[mark.dataset.mark].value = reel().currentTime.toFixed(3);
      send(form, null);
      return;
    }
    const step = event.target.closest("[data-step]");
    if (step && reel()) {
      reel().pause();
      reel().currentTime += Number(step.dataset.step) / Number(reel().dataset.fps);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.code !== "Space" || !document.getElementById("plan") || event.target.closest("video, button, a, summary, input, textarea, select")) return;
    event.preventDefault();
    if (window.relayFilm && (window.relayFilm.active || !reel())) {
      window.relayFilm.deeds.toggle();
      return;
    }
    if (!reel()) return;
    const video = reel();
    if (!video.paused) {
      video.pause();
      return;
    }
    if (video.currentTime >= Number(video.dataset.out) - 0.05) video.currentTime = Number(video.dataset.in);
    video.play().catch(() => {});
  });

  // --- dragging ---

  let carried = null;

  document.addEventListener("dragstart", (event) => {
    const item = event.target.closest(".timeline [data-clip], [data-clip-outside]");
    if (!item) return;
    carried = item;
    item.classList.add("carried");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", item.dataset.clip || item.dataset.clipOutside);
  });

  document.addEventListener("dragover", (event) => {
    const over = carried && event.target.closest(".timeline [data-clip], .timeline .empty");
    if (!over) return;
    event.preventDefault();
    unmark();
    const box = over.getBoundingClientRect();
    over.classList.add(event.clientX < box.left + box.width / 2 ? "before" : "behind");
  });

  document.addEventListener("drop", (event) => {
    const over = carried && event.target.closest(".timeline [data-clip], .timeline .empty");
    if (!over) return;
    event.preventDefault();
    const before = over.classList.contains("behind") ? over.nextElementSibling : over;
    const clip = carried.dataset.clip || carried.dataset.clipOutside;
    unmark();
    if (before === carried || (before && before.previousElementSibling === carried) || (!before && !carried.nextElementSibling)) return;
    const form = document.getElementById("drop");
    form.elements.clip.value = clip;
    form.elements.showing.value = clip;
    form.elements.before.value = before && before.dataset.clip ? before.dataset.clip : 0;
    send(form, null);
  });

  document.addEventListener("dragend", () => {
    if (carried) carried.classList.remove("carried");
    carried = null;
    unmark();
  });

  function unmark() {
    for (const item of document.querySelectorAll(".timeline .before, .timeline .behind")) item.classList.remove("before", "behind");
  }

  if (document.getElementById("plan")) settle();
})();
