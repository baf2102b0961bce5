// The clip's form is sent by the script, so that a lost connection loses nothing: what can't be sent waits in this
// browser and goes as soon as it can. Its key lets the desk count it once, however often it comes.
// "Next", "previous" and every other link save what was typed before they lead away.
"use strict";

(() => {
  const drafts = window.relayDrafts;
  const judge = document.getElementById("judge");
  const TOO_LONG = 15000;
  const AGAIN = 5000;
  const BOX = "relay-outbox";
  if (!drafts || !drafts.me) return;

  const token = () => (document.querySelector("[name=form_token]") || {}).value || "";

  function waiting() {
    try {
      return JSON.parse(localStorage.getItem(BOX) || "[]");
    } catch {
      return [];
    }
  }

  function keep(entries) {
    try {
      localStorage.setItem(BOX, JSON.stringify(entries));
      return true;
    } catch {
      return false;
    }
  }

  const drop = (entry) => keep(waiting().filter((one) => one.id !== entry.id));

  function fieldsOf(form, submitter) {
    const data = new FormData(form, submitter || undefined);
    const other = form.dataset.with && document.getElementById(form.dataset.with);
    if (other) for (const [name, text] of new FormData(other)) if (!data.has(name)) data.append(name, text);
    return [...data].filter(([, text]) => typeof text === "string");
  }

  // what the desk answers: where to go; or a status for what it did not take; or nothing at all
  async function post(address, fields, anew) {
    const body = new URLSearchParams(fields.map(([name, text]) => [name, name === "form_token" ? token() || text : text]));
    const answer = await fetch(address, {
      method: "POST",
      body,
      credentials: "same-origin",
      headers: { "X-Relay-Outbox": "1" },
      signal: AbortSignal.timeout(TOO_LONG),
    });
    if (answer.status === 403 && !anew && (await newToken())) return post(address, fields, true);
    return { to: answer.headers.get("X-Relay-To"), status: answer.status };
  }

  // somebody has signed in again in another tab: forms of this page belong to the session before
  async function newToken() {
    const page = await (await fetch("/", { credentials: "same-origin" })).text();
    const found = new DOMParser().parseFromString(page, "text/html").querySelector("[name=form_token]");
    if (!found || found.value === token()) return false;
    for (const input of document.querySelectorAll("[name=form_token]")) input.value = found.value;
    return true;
  }

  let busy = false, presses = 0;
  // "back" may bring this page as it was left, in the middle of sending
  window.addEventListener("pageshow", (event) => { if (event.persisted) busy = false; });

  async function send(form, submitter, native) {
    if (busy) return;
    busy = true;
    const press = ++presses;
    const address = (submitter && submitter.getAttribute("formaction")) || form.getAttribute("action");
    const fields = fieldsOf(form, submitter);
    try {
      const answer = await post(address, fields);
      if (answer.to) {
        drafts.forget(judge.dataset.draft);
        if (address.endsWith("/decide")) document.dispatchEvent(new Event("relay-decided"));
        drafts.go(answer.to);
        return;
      }
      // the desk's page says why: asked once more in the ordinary way, it shows it, with all that was typed
      ordinarily(address, fields);
    } catch (error) {
      if (press !== presses) return; // it hung, the page was brought back, and its person has pressed again
      busy = false;
      const entry = { id: `${Date.now()}-${Math.random()}`, me: drafts.me, clip: form.dataset.outbox, address, fields };
      const same = (one) => one.me === entry.me && one.clip === entry.clip && one.address === entry.address;
      const rest = waiting().filter((one) => !same(one));
      waiting().filter(same).forEach(unsay); // the last word counts, and is told once
      if (!keep([...rest, entry])) {
        native();
        return;
      }
      for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
      tell();
    }
  }

  function ordinarily(address, fields) {
    const form = document.createElement("form");
    form.method = "post";
    form.action = address;
    form.hidden = true;
    for (const [name, text] of fields) {
      const input = document.createElement("input");
      input.type = "hidden";
      input.name = name;
      input.value = name === "form_token" ? token() || text : text;
      form.append(input);
    }
    document.body.append(form);
    drafts.leave();
    form.submit();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-outbox]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    send(form, event.submitter, () => form.submit());
  }, true);

  // --- links out of a page with unsaved text ---

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[href]");
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.button || (link && link.target);
    if (!judge || !link || elsewhere || link.hasAttribute("data-dialog") || link.hasAttribute("data-close")) return;
    if (link.getAttribute("href").startsWith("#") || !drafts.isDirty(judge) || busy) return;
    event.preventDefault();
    await save(() => drafts.go(link.href));
  });

  // U and other small forms of the page: what was typed is saved first
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !judge || form === judge || form.dataset.outbox || (form.dataset.draft && !form.closest("dialog"))) return;
    if (!drafts.isDirty(judge) || !judge.querySelector(".save")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    save(() => { drafts.leave(); HTMLFormElement.prototype.submit.call(form); });
  }, true);

  async function save(then) {
    const saver = judge.querySelector(".save");
    if (!saver || busy || !judge.reportValidity()) return;
    const address = saver.getAttribute("formaction");
    const fields = fieldsOf(judge, null);
    busy = true;
    try {
      const answer = await post(address, fields);
      if (answer.to) {
        drafts.forget(judge.dataset.draft);
        then();
      } else ordinarily(address, fields);
    } catch {
      busy = false;
      send(judge, saver, () => {});
    }
  }

  // --- what waits ---

  const shown = new Map();

  function unsay(entry) {
    if (shown.has(entry.id)) shown.get(entry.id).remove();
  }

  function line(entry, text, ...more) {
    unsay(entry);
    shown.set(entry.id, drafts.say(text.replace("NUMBER", entry.clip), "waiting-to-be-sent", ...more));
  }

  function button(text, press) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", press);
    return made;
  }

  function refused(entry) {
    line(entry, drafts.words.refused, " ",
      button(drafts.words.look, () => { drop(entry); ordinarily(entry.address, entry.fields); }), " ",
      button(drafts.words.drop, () => { drop(entry); unsay(entry); }));
  }

  function tell() {
    for (const entry of mine()) if (!shown.has(entry.id)) line(entry, drafts.words.waits);
  }

  const mine = () => waiting().filter((entry) => entry.me === drafts.me);
  let trying = false;

  async function flush() {
    if (trying) return;
    trying = true;
    for (const entry of mine()) {
      if (entry.refused) {
        if (!shown.has(entry.id)) refused(entry);
        continue;
      }
      try {
        const answer = await post(entry.address, entry.fields);
        if (answer.to) arrived(entry, answer.to);
        else if (answer.status < 500 && ![401, 403, 429].includes(answer.status)) {
          keep(waiting().map((one) => (one.id === entry.id ? { ...one, refused: true } : one)));
          refused(entry);
        }
      } catch {
        tell();
        break;
      }
    }
    trying = false;
  }

  function arrived(entry, to) {
    drop(entry);
    drafts.forget(`clip-${entry.clip}`);
    unsay(entry);
    if (judge && judge.dataset.outbox === entry.clip) drafts.go(to);
    else drafts.say(drafts.words.arrived.replace("NUMBER", entry.clip));
  }

  window.addEventListener("online", flush);
  setInterval(() => { if (mine().length) flush(); }, AGAIN);
  flush();
})();
