// The editor's page. Everything works without this file; with it nothing has to be loaded again, clips are dragged, and
// points are set where the player stands.
"use strict";

(() => {
  const reel = () => document.getElementById("reel");

  // --- the plan: forms are sent, and the page that comes back takes the place of this one ---

  let busy = false;

  async function show(address, options) {
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
      exchange(page);
      const bare = new URL(answer.url);
      if (bare.pathname.endsWith("/plan")) history.replaceState(null, "", bare.pathname + bare.search);
    } catch {
      location.reload(); // the desk is away: the browser says so better than we could
    } finally {
      busy = false;
      document.body.classList.remove("busy");
    }
  }

  function exchange(page) {
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
    settle();
    document.dispatchEvent(new CustomEvent("relay:page", { detail: page }));
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

  async function askCost() {
    const place = document.querySelector("[data-cost]");
    if (!place) return;
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
    event.preventDefault();
    event.stopImmediatePropagation();
    send(form, event.submitter);
  }, true);

  function send(form, submitter) {
    const action = submitter && submitter.hasAttribute("formaction") ? submitter.formAction : form.action;
    show(action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-look]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
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
    if (event.code !== "Space" || !reel() || event.target.closest("video, button, a, summary, input, textarea, select")) return;
    event.preventDefault();
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
    const item = event.target.closest(".timeline [data-clip]");
    if (!item) return;
    carried = item;
    item.classList.add("carried");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", item.dataset.clip);
  });

  document.addEventListener("dragover", (event) => {
    const over = carried && event.target.closest(".timeline [data-clip]");
    if (!over) return;
    event.preventDefault();
    unmark();
    const box = over.getBoundingClientRect();
    over.classList.add(event.clientX < box.left + box.width / 2 ? "before" : "behind");
  });

  document.addEventListener("drop", (event) => {
    const over = carried && event.target.closest(".timeline [data-clip]");
    if (!over) return;
    event.preventDefault();
    const before = over.classList.contains("behind") ? over.nextElementSibling : over;
    const clip = carried.dataset.clip;
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
