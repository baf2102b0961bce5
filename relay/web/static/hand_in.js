// Sends a participant's video in pieces that survive a broken connection (the tus protocol, 1.0), keeps what was
// typed while the page is open, and copies the receipt's link. Every page works without this file.
"use strict";

(() => {
  document.documentElement.classList.add("scripted");

  // what was typed comes back after a reload; it is kept in this tab only
  const form = document.querySelector("form[data-keep]");
  if (form) {
    const texts = () => [...form.elements].filter((field) => field.name && !["hidden", "submit"].includes(field.type) && field.name !== "website");
    const fresh = !form.querySelector("[aria-invalid]") && !document.querySelector(".notice");
    const kept = fresh && sessionStorage.getItem(form.dataset.keep);
    for (const [name, value] of kept ? JSON.parse(kept) : []) {
      for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (field.type === "radio" || field.type === "checkbox") field.checked = field.value === value;
        else field.value = value;
      }
    }
    form.addEventListener("input", () => {
      const told = texts().filter((field) => !["radio", "checkbox"].includes(field.type) || field.checked);
      sessionStorage.setItem(form.dataset.keep, JSON.stringify(told.map((field) => [field.name, field.value])));
    });
    const wrong = form.querySelector("[aria-invalid]");
    if (wrong) wrong.focus();
  } else if (document.querySelector(".ticket")) {
    for (const name of Object.keys(sessionStorage)) if (name.startsWith("take-part-")) sessionStorage.removeItem(name);
  }

  const copy = document.querySelector(".copy");
  if (copy && navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(copy.dataset.copy);
      copy.querySelector("span").textContent = copy.dataset.done;
    });
  }
  const print = document.querySelector(".print");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }

  const upload = document.getElementById("upload");
  if (!upload) return;

  const PIECE = 4 * 1024 * 1024;
  const TUS = { "Tus-Resumable": "1.0.0" };
  const LONGEST_PAUSE = 30000;
  const say = upload.dataset;
  const input = upload.querySelector("[type=file]");
  const choose = upload.querySelector(".choose");
  const sending = upload.querySelector(".sending");
  const state = upload.querySelector(".state");
  const bar = upload.querySelector("progress");
  // what the server has of a file already: the page may have been loaded again, or on another device
  let known = say.place ? { place: say.place, name: say.name, size: Number(say.length) } : null;
  let current = null; // the XMLHttpRequest that sends a piece
  let stopped = false;

  class Final extends Error {} // what trying again does not mend; its text is for the participant

  // no waiting while the phone knows that it has no connection, and no longer than needed afterwards
  const pause = (milliseconds) => new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    window.addEventListener("online", () => { clearTimeout(timer); resolve(); }, { once: true });
  });

  function ask(method, address, headers, body, onProgress) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      current = request;
      request.open(method, address);
      for (const [name, value] of Object.entries({ ...TUS, ...headers })) request.setRequestHeader(name, value);
      if (onProgress) request.upload.addEventListener("progress", (event) => onProgress(event.loaded));
      request.addEventListener("load", () => resolve(request));
      for (const trouble of ["error", "abort", "timeout"]) request.addEventListener(trouble, () => reject(new Error(trouble)));
      request.send(body);
    });
  }

  const encoded = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

  function show(offset, file) {
    const share = file.size ? Math.min(100, (100 * offset) / file.size) : 100;
    bar.value = share;
    upload.querySelector(".percent").textContent = `${Math.floor(share)} %`;
    const amount = (bytes) => (bytes / 1048576).toLocaleString(document.documentElement.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    upload.querySelector(".amount").textContent = `${amount(offset)} / ${amount(file.size)} ${say.unit}`;
  }

  function tell(text, waits = false) {
    if (state.textContent !== text) state.textContent = text;
    state.classList.toggle("waits", waits);
  }

  function checked(answer) {
    if (answer.status < 300) return answer;
    const passing = answer.status === 408 || answer.status === 409 || answer.status === 423 || answer.status >= 500;
    if (passing && answer.status !== 507) throw new Error(String(answer.status));
    throw new Final(answer.responseText || String(answer.status));
  }

  const begin = async (file) => {
    const told = `filename ${encoded(file.name)},filetype ${encoded(file.type)}`;
    const answer = checked(await ask("POST", say.create, { "Upload-Length": String(file.size), "Upload-Metadata": told }));
    known = { place: answer.getResponseHeader("Location"), name: file.name.normalize("NFC"), size: file.size };
    return { place: known.place, offset: 0 };
  };

  /** Where to go on: with what has arrived of the same file, or from the beginning. */
  async function found(file) {
    if (known && known.name === file.name.normalize("NFC") && known.size === file.size) {
      const answer = await ask("HEAD", known.place, {});
      if (answer.status === 200) return { place: known.place, offset: Number(answer.getResponseHeader("Upload-Offset")) };
      if (answer.status >= 500) throw new Error(String(answer.status));
    } else if (known) tell(say.other);
    return begin(file);
  }

  async function piece(spot, file) {
    const part = file.slice(spot.offset, spot.offset + PIECE);
    const headers = { "Upload-Offset": String(spot.offset), "Content-Type": "application/offset+octet-stream" };
    const answer = checked(await ask("PATCH", spot.place, headers, part, (sent) => show(spot.offset + sent, file)));
    return Number(answer.getResponseHeader("Upload-Offset"));
  }

  async function send(file) {
    let spot = null;
    let wait = 1000;
    while (!stopped && (spot === null || spot.offset < file.size)) {
      try {
        if (spot === null) spot = await found(file);
        else spot = { place: spot.place, offset: await piece(spot, file) };
        tell(say.sending);
        show(spot.offset, file);
        wait = 1000;
      } catch (error) {
        if (stopped || error instanceof Final) throw error;
        spot = null; // ask how much has arrived
        tell(say.wait, true);
        await pause(wait);
        wait = Math.min(LONGEST_PAUSE, wait * 2);
      }
    }
  }

  const warn = (event) => event.preventDefault();

  async function start(file) {
    if (file.size > Number(say.most) * 1048576) return refuse(say.large);
    stopped = false;
    choose.hidden = true;
    sending.hidden = false;
    tell(say.sending);
    show(0, file);
    window.addEventListener("beforeunload", warn);
    // a phone that falls asleep stops sending
    const awake = navigator.wakeLock ? await navigator.wakeLock.request("screen").catch(() => null) : null;
    try {
      await send(file);
      window.removeEventListener("beforeunload", warn);
      if (!stopped) {
        location.replace(location.pathname);
      }
    } catch (error) {
      window.removeEventListener("beforeunload", warn);
      if (!stopped) refuse(error.message);
    } finally {
      if (awake) awake.release().catch(() => {});
    }
  }

  function refuse(text) {
    choose.hidden = false;
    sending.hidden = true;
    input.value = "";
    let note = upload.querySelector(".notice");
    if (!note) {
      note = document.createElement("p");
      note.className = "notice";
      note.setAttribute("role", "alert");
      upload.prepend(note);
    }
    note.textContent = text;
  }

  input.addEventListener("change", () => {
    const note = upload.querySelector(".notice");
    if (note) note.remove();
    if (input.files.length) start(input.files[0]);
  });
  upload.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.files.length) start(input.files[0]);
  });
  upload.querySelector(".stop").addEventListener("click", () => {
    stopped = true;
    if (current) current.abort();
    choose.hidden = false;
    sending.hidden = true;
    input.value = "";
  });
})();
