// The week's form as a grid: a switch a day, windows that come and go, copying, a bar, and what saving would do.
// The form below is the plain one: every change is written into its fields, which the server checks.

import { csrfHeader, hasEnded } from "./app.js";

const form = document.getElementById("week");
const words = form.dataset;
const total = form.querySelector("[name$=TOTAL_FORMS]");
const prefix = total.name.split("-")[0];
const days = [...form.querySelectorAll(".day")];
const initial = new Map();
let copied = null;

const clock = /^([01]?\d|2[0-3]):?([0-5]\d)$/;
const fields = (box) => [box.querySelector("[name$=-opens]"), box.querySelector("[name$=-closes]")];
const kept = (day) => [...day.querySelectorAll(".window")].filter((box) => !box.hidden);
const minutes = (text) => { const found = clock.exec(text.trim()); return found ? Number(found[1]) * 60 + Number(found[2]) : null; };
const spoken = (box) => { const [opens, closes] = fields(box); return opens.value || closes.value ? `${opens.value.trim()}–${closes.value.trim()}` : ""; };
const summary = (day) => kept(day).map(spoken).filter(Boolean).join(", ") || words.closed;

function add(day, opens = "", closes = "") {
  const number = Number(total.value);
  if (number >= 60) return null;
  const box = document.getElementById("window-template").content.firstElementChild.cloneNode(true);
  for (const field of box.querySelectorAll("[data-name]")) {
    field.name = `${prefix}-${number}-${field.dataset.name}`;
    field.id = `id_${field.name}`;
  }
  box.querySelector("[name$=-weekday]").value = day.dataset.day;
  const [first, last] = fields(box);
  first.value = opens; last.value = closes;
  total.value = String(number + 1);
  day.querySelector(".windows").append(box);
  dress(box);
  return box;
}

/** A stored window is marked for deletion; one that was added is emptied, which the server takes for no window. */
function remove(box) {
  const mark = box.querySelector("[name$=-DELETE]");
  if (mark) mark.checked = true;
  else for (const field of fields(box)) field.value = "";
  box.hidden = true;
}

function dress(box) {
  const plain = box.querySelector(".remove");
  if (plain) plain.hidden = true;
  box.append(document.getElementById("remove-button").content.cloneNode(true));
}

function draw(day) {
  const windows = kept(day);
  windows.forEach((box, at) => {
    const [opens, closes] = fields(box);
    opens.setAttribute("aria-label", `${day.dataset.name}, ${words.window} ${at + 1}, ${words.opens}`);
    closes.setAttribute("aria-label", `${day.dataset.name}, ${words.window} ${at + 1}, ${words.closes}`);
    const from = minutes(opens.value), to = minutes(closes.value);
    let note = box.querySelector(".overnight");
    const past = from !== null && to !== null && to <= from && to !== from;
    if (past && !note) { note = document.createElement("span"); note.className = "overnight al-small al-muted"; note.textContent = words.nextDay; closes.after(note); }
    if (!past && note) note.remove();
  });
  const bar = day.querySelector(".bar");
  bar.replaceChildren();
  const isRtl = document.dir === "rtl";
  for (const box of windows) {
    const [opens, closes] = fields(box).map((field) => minutes(field.value));
    if (opens === null || closes === null) continue;
    const end = closes <= opens ? 1440 : closes;
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    rect.setAttribute("x", String(isRtl ? 1440 - end : opens));
    rect.setAttribute("width", String(end - opens));
    rect.setAttribute("height", "10");
    bar.append(rect);
  }
  day.querySelector(".toggle").checked = windows.length > 0;
  let closed = day.querySelector(".windows .closed");
  if (!windows.length && !closed) { closed = document.createElement("span"); closed.className = "closed"; closed.textContent = words.closed; day.querySelector(".windows").append(closed); }
  if (windows.length && closed) closed.remove();
}

function changes() {
  const changed = days.filter((day) => summary(day) !== initial.get(day));
  for (const day of days) day.classList.toggle("changed", changed.includes(day));
  const always = document.getElementById("always");
  const list = changed.map((day) => `${day.dataset.name}: ${summary(day)}`);
  const isChanged = list.length > 0 || always.checked !== always.defaultChecked;
  document.getElementById("changes").textContent = isChanged ? `${words.changed}. ${list.join(" · ")}` : "";
  document.getElementById("savebar").hidden = !isChanged && !form.querySelector("[aria-invalid]");
  return isChanged;
}

let waits = 0;
let asked = null; // the preview that is under way: one asked later takes its place
async function foresee() {
  asked?.abort();
  const mine = asked = new AbortController();
  const headers = { ...csrfHeader(), "HX-Request": "true" };
  const answer = await fetch(words.preview, { method: "POST", body: new FormData(form), headers, signal: mine.signal }).catch(() => null);
  if (hasEnded(answer) || !answer || !(answer.ok || answer.status === 422)) return;
  const html = await answer.text().catch(() => null);
  if (html !== null && mine === asked) document.getElementById("effect").innerHTML = html;
}

function refresh({ quiet = false } = {}) {
  days.forEach(draw);
  const isChanged = changes();
  if (quiet) return;
  form.dispatchEvent(new Event("input", { bubbles: true }));
  clearTimeout(waits);
  if (isChanged) waits = setTimeout(foresee, 500);
}

for (const day of days) {
  for (const box of day.querySelectorAll(".window")) {
    dress(box);
    if (!spoken(box)) remove(box);
  }
  const toggle = document.createElement("input");
  toggle.type = "checkbox";
  toggle.className = "toggle";
  toggle.id = `open-${day.dataset.day}`;
  const label = document.createElement("label");
  label.className = "row";
  label.htmlFor = toggle.id;
  const name = day.querySelector(".name");
  label.append(toggle, ...name.childNodes);
  name.append(label);
  const more = day.querySelector(".more");
  more.append(document.getElementById("day-buttons").content.cloneNode(true));
  more.hidden = false;
  for (const button of more.querySelectorAll("button")) button.lastElementChild.textContent += `: ${day.dataset.name}`;
}
for (const day of days) initial.set(day, summary(day));
refresh({ quiet: true });

// What was typed before the session ended: added windows stand there again, and those that were removed do not.
form.addEventListener("put-back", ({ detail: said }) => {
  for (let each; Number(total.value) < 60 && (each = said.find(({ name }) => name === `${prefix}-${total.value}-weekday`));) {
    add(days.find((day) => day.dataset.day === each.value) ?? days[0]);
  }
});
form.addEventListener("kept", () => {
  for (const box of form.querySelectorAll(".day .window")) box.hidden = box.querySelector("[name$=-DELETE]")?.checked || !spoken(box);
  refresh();
});

form.addEventListener("input", (event) => { if (event.target.matches(".field")) { clearTimeout(waits); const day = event.target.closest(".day"); draw(day); if (changes()) waits = setTimeout(foresee, 700); } });
form.addEventListener("change", (event) => {
  const day = event.target.closest(".day");
  if (event.target.matches(".day .toggle")) {
    if (event.target.checked) {
      const stored = [...day.querySelectorAll(".window[data-stored]")];
      if (stored.length) for (const box of stored) { box.hidden = false; box.querySelector("[name$=-DELETE]").checked = false; }
      else fields(add(day, "09:00", "17:00"))[0].focus();
    } else kept(day).forEach(remove);
    refresh();
  } else if (event.target.id === "always") {
    if (event.target.checked) { event.target.checked = false; document.getElementById("always-dialog").showModal(); }
    else refresh();
  } else if (event.target.matches(".field")) {
    const found = minutes(event.target.value);
    if (found !== null) event.target.value = `${String(Math.floor(found / 60)).padStart(2, "0")}:${String(found % 60).padStart(2, "0")}`;
    refresh();
  }
});
form.addEventListener("click", (event) => {
  const day = event.target.closest(".day");
  if (event.target.closest("button[data-remove]")) { remove(event.target.closest(".window")); refresh(); day.querySelector("[data-add]").focus(); }
  else if (event.target.closest("button[data-add]")) { const box = add(day); if (box) { refresh(); fields(box)[0].focus(); } }
  else if (event.target.closest("button[data-copy-day]")) {
    copied = day;
    for (const box of document.querySelectorAll("#copy-dialog input")) { box.checked = false; box.disabled = box.value === day.dataset.day; }
    document.getElementById("copy-dialog").showModal();
  } else if (event.target.closest("#always-yes")) { document.getElementById("always").checked = true; document.getElementById("always-dialog").close(); refresh(); }
  else if (event.target.closest("button[data-copy]")) {
    const wanted = event.target.closest("button[data-copy]").dataset.copy;
    const chosen = wanted === "chosen" ? [...document.querySelectorAll("#copy-dialog input:checked")].map((box) => box.value) : wanted.split(",");
    const hours = kept(copied).map((box) => fields(box).map((field) => field.value));
    for (const day of days.filter((other) => other !== copied && chosen.includes(other.dataset.day))) {
      kept(day).forEach(remove);
      for (const [opens, closes] of hours) add(day, opens, closes);
    }
    document.getElementById("copy-dialog").close();
    refresh();
  }
});
