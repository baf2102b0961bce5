// What a film is made of: stills that follow what is typed, files that are too large, lines that are dragged.
"use strict";

(() => {
  document.documentElement.classList.add("scripted");
  for (const button of document.querySelectorAll(".no-script-only")) button.hidden = true;

  // a still follows its form: one picture a pause in typing
  for (const form of document.querySelectorAll("form[data-still]")) {
    const still = form.querySelector("img.still");
    let waiting = 0;
    const show = () => {
      const words = new URLSearchParams({ kind: form.dataset.kind });
      for (const [name, value] of new FormData(form)) {
        if (!["form_token", "seen", "card", "kind", "before", "seconds"].includes(name) && !name.includes(".") && value) words.set(name, value);
      }
      const address = `${form.dataset.still}?${words}`;
      if (still.getAttribute("src") === address) return;
      still.classList.add("waits");
      still.src = address;
    };
    still.addEventListener("load", () => still.classList.remove("waits"));
    still.addEventListener("error", () => still.classList.remove("waits"));
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(show, 450);
    });
    form.addEventListener("change", (event) => {
      if (event.target.matches("select")) show();
    });
  }

  // the left column follows what is chosen
  const look = document.querySelector("form.look");
  const grid = document.querySelector("[data-stills]");
  if (look && grid) {
    let waiting = 0;
    const show = () => {
      const chosen = new FormData(look);
      const words = new URLSearchParams({ tried: "1" });
      if (chosen.get("own_accent")) words.set("accent", chosen.get("accent"));
      if (chosen.get("own_ground")) words.set("ground", chosen.get("ground"));
      if (chosen.get("letters")) words.set("letters", chosen.get("letters"));
      for (const still of grid.querySelectorAll("img[data-what]")) {
        still.classList.add("waits");
        still.src = `${grid.dataset.stills}/${chosen.get("theme")}/${still.dataset.what}.jpg?${words}`;
      }
      const checked = look.querySelector("[name=theme]:checked");
      const heading = grid.querySelector("[data-chosen]");
      if (checked && heading) heading.textContent = checked.closest("label").querySelector("b").textContent;
    };
    for (const still of grid.querySelectorAll("img")) {
      still.addEventListener("load", () => still.classList.remove("waits"));
      still.addEventListener("error", () => still.classList.remove("waits"));
    }
    look.addEventListener("input", (event) => {
      if (event.target.type === "color") look.elements[`own_${event.target.name}`].checked = true;
      if (!event.target.matches("[name=theme], [name=own_accent], [name=own_ground], [name=letters], [type=color]")) return;
      clearTimeout(waiting);
      waiting = setTimeout(show, 350);
    });
  }

  // told before it is sent
  for (const field of document.querySelectorAll("input[type=file][data-most]")) {
    field.addEventListener("change", () => {
      const file = field.files[0];
      const large = file && file.size > Number(field.dataset.most) * 1048576;
      field.setCustomValidity(large ? field.dataset.tooLarge : "");
      if (large) field.reportValidity();
    });
  }

  // lines of the credits are dragged; their order is what the form sends
  for (const list of document.querySelectorAll(".lines ol")) {
    let carried = null;
    list.addEventListener("dragstart", (event) => {
      carried = event.target.closest(".line[draggable]");
      if (!carried) return;
      carried.classList.add("carried");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", "");
    });
    list.addEventListener("dragover", (event) => {
      const over = event.target.closest(".line");
      if (!carried || !over) return;
      event.preventDefault();
      for (const line of list.children) line.classList.toggle("over", line === over && line !== carried);
    });
    list.addEventListener("drop", (event) => {
      const over = event.target.closest(".line");
      if (!carried || !over || over === carried) return;
      event.preventDefault();
      list.insertBefore(carried, over);
      list.closest("form").querySelector("button.main").click();
    });
    list.addEventListener("dragend", () => {
      for (const line of list.children) line.classList.remove("over", "carried");
      carried = null;
    });
  }
})();
