// What is typed is not lost: a form with data-draft is remembered by this tab until the desk says that it was saved.
// Every page works without this file.
"use strict";

window.relayDrafts = (() => {
  const me = document.body.dataset.me || "";
  const said = document.getElementById("said");
  const words = (document.getElementById("drafts-said") || { dataset: {} }).dataset;
  const key = (about) => `relay-draft:${me}:${about}@`;
  const keyOf = (form) => key(form.dataset.draft) + new URL(form.action, location.href).pathname;
  const counts = (field) => field.name && !["hidden", "submit", "button", "password", "file"].includes(field.type);
  const plain = (field) => (field.type === "checkbox" || field.type === "radio" ? String(field.checked) : field.value);
  const id = (field) => (["radio", "checkbox"].includes(field.type) ? `${field.name}=${field.value}` : field.name);

  function initial(field) {
    const was = field.form && field.form.elements[`was_${field.name}`];
    if (was) return was.value; // the field may hold what was typed before and could not be taken
    if (field.type === "checkbox" || field.type === "radio") return String(field.defaultChecked);
    if (field.tagName === "SELECT") {
      const chosen = [...field.options].find((option) => option.defaultSelected) || field.options[0];
      return chosen ? chosen.value : "";
    }
    return field.defaultValue;
  }

  function changed(form) {
    const found = {};
    for (const field of form.elements) {
      if (counts(field) && !field.disabled && plain(field) !== initial(field)) found[id(field)] = plain(field);
    }
    return found;
  }

  const isDirty = (form) => Object.keys(changed(form)).length > 0;

  function store(form, value) {
    try {
      if (value) sessionStorage.setItem(keyOf(form), JSON.stringify(value));
      else sessionStorage.removeItem(keyOf(form));
    } catch { /* a browser that keeps nothing: then the page itself asks before it goes */ }
  }

  function drop(about) {
    try {
      for (const name of Object.keys(sessionStorage)) if (name.startsWith(key(about))) sessionStorage.removeItem(name);
    } catch { /* nothing was kept */ }
  }

  function stored(form) {
    try {
      return JSON.parse(sessionStorage.getItem(keyOf(form)) || "null");
    } catch {
      return null;
    }
  }

  function note(form) {
    if (!form || !form.dataset.draft || !me) return;
    const found = changed(form);
    const was = {};
    for (const field of form.elements) if (field.name && field.name.startsWith("was_")) was[field.name] = field.value;
    store(form, Object.keys(found).length ? { fields: found, was } : null);
  }

  function restore(form) {
    const draft = stored(form);
    if (!draft) return;
    let back = false;
    for (const field of form.elements) {
      const text = counts(field) ? draft.fields[id(field)] : undefined;
      if (text === undefined || text === plain(field)) continue;
      if (field.type === "checkbox" || field.type === "radio") field.checked = text === "true";
      else field.value = text;
      const was = form.elements[`was_${field.name}`];
      // what the person saw when they typed: so a change by somebody else since is told, and not written over
      if (was && draft.was && draft.was[was.name] !== undefined && !document.querySelector(".both")) was.value = draft.was[was.name];
      back = true;
    }
    if (back) {
      const told = said && [...said.children].some((line) => line.textContent === words.back);
      if (!told) say(words.back, "waiting-to-be-sent"); // once for all forms of the page
      document.dispatchEvent(new CustomEvent("relay:restored", { detail: form }));
    } else if (!isDirty(form)) store(form, null);
  }

  function say(text, className, ...more) {
    if (!said || !text) return null;
    const line = document.createElement("p");
    line.className = className || "saved";
    line.append(text, ...more);
    said.append(line);
    return line;
  }

  function forget(page) {
    const saved = page.querySelector("[data-saved]");
    if (saved) drop(saved.dataset.saved);
    return saved;
  }

  forget(document);
  const forms = () => document.querySelectorAll("form[data-draft]");
  if (me) for (const form of forms()) restore(form);

  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => { if (event.target.form) note(event.target.form); });
  }

  // a page of the plan comes without a load (almanac.js)
  document.addEventListener("relay:page", (event) => {
    const saved = forget(event.detail);
    if (saved) say(saved.textContent.trim());
    for (const form of forms()) restore(form);
  });

  let leaving = false;
  document.addEventListener("submit", (event) => { leaving = !event.defaultPrevented; });
  window.addEventListener("pageshow", () => { leaving = false; });
  window.addEventListener("beforeunload", (event) => {
    // what stands in a dialog is remembered, and whoever closed it has been asked enough
    if (!leaving && [...forms()].some((form) => !form.closest("dialog") && isDirty(form))) event.preventDefault();
  });

  return { me, words, say, isDirty, forget: drop, go: (address) => { leaving = true; location.assign(address); }, leave: () => { leaving = true; } };
})();
