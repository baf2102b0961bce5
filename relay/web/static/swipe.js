// On a phone a stroke to the left goes on to the next clip, one to the right goes back. It follows the page's own links
// and nothing else: no stroke decides anything, and none leaves a page on which something was typed.
"use strict";

(() => {
  const EDGE = 24; // pixels in which the phone itself takes strokes
  const LONG = 80; // pixels of a stroke that is meant
  const STRAIGHT = 2.5; // times as far across as up or down
  const QUICK = 600; // milliseconds; slower ones look around or select text
  const SEEKS = 0.7; // of a video's height: below are its own bars
  let begun = null;

  const scrolls = (element) => {
    for (let each = element; each && each !== document.body; each = each.parentElement) {
      if (each.scrollWidth > each.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(each).overflowX)) return true;
    }
    return false;
  };

  const takes = (touch) => {
    const element = touch.target;
    if (touch.clientX < EDGE || touch.clientX > innerWidth - EDGE || document.querySelector("dialog[open]")) return false;
    if (element.closest("input, textarea, select, button, .verdicts") || scrolls(element)) return false;
    const video = element.closest("video");
    const box = video && video.getBoundingClientRect();
    return !box || touch.clientY < box.top + SEEKS * box.height;
  };

  const changed = (field) => field.options ? field.dataset.chosen !== undefined
    : /radio|checkbox/.test(field.type) ? field.checked !== field.defaultChecked
    : field.type !== "hidden" && field.value !== field.defaultValue;
  const typed = () => [...document.querySelectorAll("input, textarea, select")].some(changed);

  const enlarged = () => window.visualViewport && visualViewport.scale > 1.01;

  document.addEventListener("change", (event) => {
    if (event.target.options) event.target.dataset.chosen = "";
  });

  document.addEventListener("touchstart", (event) => {
    const touch = event.touches[0];
    begun = event.touches.length === 1 && takes(touch) ? { x: touch.clientX, y: touch.clientY, at: event.timeStamp } : null;
  }, { passive: true });

  document.addEventListener("touchcancel", () => { begun = null; }, { passive: true });

  document.addEventListener("touchend", (event) => {
    const stroke = begun, touch = event.changedTouches[0];
    begun = null;
    if (!stroke || event.touches.length || event.timeStamp - stroke.at > QUICK) return;
    const across = touch.clientX - stroke.x, down = touch.clientY - stroke.y;
    if (Math.abs(across) < LONG || Math.abs(across) < STRAIGHT * Math.abs(down)) return;
    if (enlarged() || document.fullscreenElement || !getSelection().isCollapsed || typed()) return;
    document.querySelector(`a[href][data-key~="${across < 0 ? "KeyJ" : "KeyK"}"]`)?.click();
  }, { passive: true });
})();
