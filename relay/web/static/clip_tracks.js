// Captions on the player of a clip: switched by a key, in one of its languages. Without this file the player's own menu
// does it.
"use strict";

(() => {
  const player = document.getElementById("player"), row = document.getElementById("tracks");
  if (!player || !row || !player.textTracks.length) return;
  const tracks = [...player.textTracks], over = document.getElementById("over");
  const button = row.querySelector("[data-captions]"), choice = document.getElementById("track");
  let on = true, at = 0;
  try { on = localStorage.getItem("relay-captions") !== "off"; } catch { /* as usual, then */ }
  for (const hidden of row.querySelectorAll(".scripted")) hidden.hidden = false;

  // the player draws them into its picture, which may lie on its side
  const turned = () => /turn-\d/.test(player.className);

  function show() {
    const mode = turned() ? "hidden" : "showing";
    tracks.forEach((track, number) => {
      const wanted = on && number === at ? mode : "disabled";
      if (track.mode !== wanted) track.mode = wanted;
    });
    button.setAttribute("aria-pressed", String(on));
    if (choice) choice.value = String(at);
    write();
  }

  function write() {
    const cues = on && turned() ? [...(tracks[at].activeCues || [])] : [];
    over.textContent = cues.map((cue) => cue.text).join("\n");
    over.lang = tracks[at].language;
    over.hidden = !cues.length;
  }

  function keep() {
    try { localStorage.setItem("relay-captions", on ? "on" : "off"); } catch { /* then it is as usual next time */ }
    show();
  }

  button.addEventListener("click", () => { on = !on; keep(); });
  if (choice) choice.addEventListener("change", () => { at = Number(choice.value); on = true; keep(); });
  for (const track of tracks) track.addEventListener("cuechange", write);
  // the player's own menu
  player.textTracks.addEventListener("change", () => {
    const chosen = tracks.findIndex((track) => track.mode !== "disabled");
    if (on === (chosen >= 0) && (chosen < 0 || chosen === at)) return;
    on = chosen >= 0;
    if (on) at = chosen;
    keep();
  });
  new MutationObserver(show).observe(player, { attributeFilter: ["class"] });
  show();
})();
