// Two versions of a film, played in step. Without this file each has its own controls.
"use strict";

(() => {
  const compared = document.getElementById("compared");
  const left = document.getElementById("left");
  const right = document.getElementById("right");
  const together = document.getElementById("together");
  const by = document.getElementById("by");
  if (!compared || !left || !right) return;
  const common = JSON.parse(compared.dataset.common);
  const frame = 1 / Number(compared.dataset.fps);
  const NEAR = 0.06;
  let running = false;
  let heard = left;

  for (const hidden of document.querySelectorAll(".scripted")) hidden.hidden = false;
  hear(left);

  /** The right one's moment for a moment of the left one; null where the right one does not show it. */
  function opposite(seconds) {
    if (by.value === "moment") return seconds <= (right.duration || Infinity) ? seconds : null;
    const stretch = common.find((one) => seconds >= one.left - 0.001 && seconds < one.left + one.seconds);
    if (stretch) return stretch.right + seconds - stretch.left;
    const first = Math.min(...common.map((one) => one.left));
    return common.length && seconds < first ? beforeAll(seconds, first) : null;
  }

  /** The title card stands before the first clip in both. */
  function beforeAll(seconds, first) {
    const stretch = common.find((one) => one.left === first);
    const at = stretch.right - (first - seconds);
    return at >= 0 ? at : null;
  }

  function align() {
    const wanted = opposite(left.currentTime);
    document.querySelector("[data-absent='right']").hidden = wanted !== null;
    if (wanted === null) {
      right.pause();
      return;
    }
    if (Math.abs(right.currentTime - wanted) > NEAR) right.currentTime = wanted;
    if (running && !left.paused && right.paused) right.play().catch(() => {});
  }

  function watch() {
    if (!running || left.paused) return;
    align();
    requestAnimationFrame(watch);
  }

  async function start() {
    running = true;
    together.setAttribute("aria-pressed", "true");
    if (left.ended) left.currentTime = 0;
    align();
    await left.play().catch(() => {
      left.muted = right.muted = true;
      return left.play().catch(() => {});
    });
    requestAnimationFrame(watch);
  }

  function stop() {
    running = false;
    left.pause();
    right.pause();
    together.setAttribute("aria-pressed", "false");
  }

  function hear(one) {
    heard = one;
    left.muted = one !== left;
    right.muted = one !== right;
    for (const badge of document.querySelectorAll("[data-heard]")) badge.hidden = badge.dataset.heard !== one.id;
  }

  function move(seconds) {
    left.currentTime = Math.max(0, Math.min(left.currentTime + seconds, left.duration || 0));
  }

  together.addEventListener("click", () => (running && !left.paused ? stop() : start()));
  document.getElementById("listen").addEventListener("click", () => hear(heard === left ? right : left));
  left.addEventListener("seeked", align);
  left.addEventListener("pause", () => { if (running && !left.ended) stop(); });
  left.addEventListener("ended", stop);
  by.addEventListener("change", align);

  document.addEventListener("click", (event) => {
    const jump = event.target.closest("[data-by]");
    if (jump) move(Number(jump.dataset.by));
    const step = event.target.closest("[data-frame]");
    if (step) {
      stop();
      move(Number(step.dataset.frame) * frame);
    }
    const link = event.target.closest("[data-place]");
    if (link) {
      event.preventDefault();
      const at = Number(link.dataset.at);
      if (link.dataset.place === "left") left.currentTime = at;
      else goRight(at);
      compared.scrollIntoView({ block: "nearest" });
    }
  });

  /** To a clip of the right one: the left one leads where it has it, too. */
  function goRight(at) {
    const stretch = common.find((one) => at >= one.right - 0.3 && at < one.right + one.seconds);
    if (stretch) left.currentTime = stretch.left + Math.max(0, at - stretch.right);
    else {
      stop();
      right.currentTime = at;
      document.querySelector("[data-absent='right']").hidden = true;
    }
  }
})();
