// Two copies of one recording, played in step. Without this file each has its own controls.
"use strict";

(() => {
  const [one, other] = document.querySelectorAll(".beside video");
  const together = document.getElementById("together");
  const listen = document.getElementById("listen");
  if (!one || !other || !together) return;
  const begins = Number(other.dataset.begins) || 0; // of the other, in the first one's time
  const NEAR = 0.08;
  let inStep = false;

  const inRange = (seconds, video) => Math.min(Math.max(0, seconds), video.duration || 0);

  function align() {
    const wanted = one.currentTime - begins;
    if (wanted < 0 || wanted > (other.duration || 0)) {
      other.pause();
      return;
    }
    if (Math.abs(other.currentTime - wanted) > NEAR) other.currentTime = wanted;
    if (inStep && !one.paused && other.paused) other.play().catch(() => {});
  }

  function watch() {
    if (!inStep || one.paused) return;
    if (Math.abs(one.currentTime - begins - other.currentTime) > NEAR) align();
    requestAnimationFrame(watch);
  }

  function stop() {
    inStep = false;
    one.pause();
    other.pause();
    together.setAttribute("aria-pressed", "false");
  }

  async function start() {
    inStep = true;
    together.setAttribute("aria-pressed", "true");
    if (one.ended || one.currentTime < begins) one.currentTime = inRange(Math.max(0, begins), one);
    align();
    await one.play().catch(() => {
      one.muted = true;
      return one.play().catch(() => {});
    });
    align();
    requestAnimationFrame(watch);
  }

  together.hidden = listen.hidden = false;
  together.addEventListener("click", () => (inStep && !one.paused ? stop() : start()));
  listen.addEventListener("click", () => {
    one.muted = !one.muted;
    other.muted = !one.muted;
  });
  one.addEventListener("seeked", align);
  one.addEventListener("ended", stop);
})();
