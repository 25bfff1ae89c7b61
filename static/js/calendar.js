// Draws the calendar over the plain one that the server wrote. On phones, and where this does not run, that one stays.
// All times are those of the business's own clock: they come and go without an offset ("2026-11-24T18:00:00").

import { toast } from "./app.js";
import { Moves } from "./calendar_moves.js";
import "./people.js";

const WIDE = "(min-width: 721px)";
const POLL_MS = 20000;
const VIEWS = { day: "timeGridDay", week: "timeGridWeek", month: "dayGridMonth", resources: "timeGridDay" };

const home = document.getElementById("cal-drawn");
const settings = JSON.parse(document.getElementById("cal-settings").textContent);
const drawn = [];
const moves = new Moves({ words: home.dataset, refresh, drawn, step: settings.step });

const ahead = settings.now - Date.now(); // of this device's clock, which may be wrong

/** What the clock of the business shows now. */
function wallNow() {
  const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: settings.zone, dateStyle: "short", timeStyle: "medium" });
  return parts.format(new Date(Date.now() + ahead)).replace(" ", "T");
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function open(address) {
  window.htmx.ajax("GET", address, "#dialogs");
}

function openNew(when, resource) {
  const query = new URLSearchParams({ date: when.slice(0, 10) });
  if (when.length > 10) query.set("time", when.slice(11, 16));
  if (resource) query.set("resource", resource);
  open(`${settings.new}?${query}`);
}

async function load(resources, info) {
  const query = new URLSearchParams({ start: info.startStr.slice(0, 10), end: info.endStr.slice(0, 10) });
  for (const one of resources) query.append("resource", one);
  if (settings.cancelled) query.set("cancelled", "1");
  if (settings.view === "month") query.set("grid", "days");
  const answer = await fetch(`${settings.events}?${query}`, { headers: { Accept: "application/json" } });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  return answer.json();
}

function content({ event, timeText }) {
  if (event.display === "background") return { domNodes: event.title ? [element("div", "fc-event-title", event.title)] : [] };
  const box = element("div", "what");
  const name = element("b");
  const isolated = element("bdi", "", event.title);
  name.append(isolated);
  const clock = element("bdi", "", timeText);
  clock.dir = "ltr";
  const when = element("span");
  when.append(clock);
  box.append(name, when);
  const { mark, service } = event.extendedProps;
  if (mark) box.append(element("span", "mark", mark));
  if (service) box.append(element("span", "", service));
  return { domNodes: [box] };
}

function header({ date }) {
  const box = element("span");
  if (settings.view === "month") {
    box.append(settings.letters[date.getUTCDay()]);
    return { domNodes: [box] };
  }
  const day = settings.days[date.toISOString().slice(0, 10)];
  box.append(`${day.letter} `, element("b", "", day.date));
  if (day.name) box.append(element("span", "name", day.name));
  return { domNodes: [box] };
}

function draw(place, resources, more = {}) {
  const calendar = new window.FullCalendar.Calendar(place, {
    locale: document.documentElement.lang,
    direction: document.documentElement.dir,
    timeZone: settings.zone,
    now: wallNow,
    initialView: VIEWS[settings.view],
    initialDate: settings.date,
    firstDay: 0,
    headerToolbar: false,
    allDaySlot: false,
    height: "auto",
    nowIndicator: true,
    slotDuration: "00:30:00",
    slotLabelInterval: "01:00",
    slotLabelFormat: { hour: "2-digit", minute: "2-digit", hour12: false },
    eventTimeFormat: { hour: "2-digit", minute: "2-digit", hour12: false },
    displayEventEnd: false,
    slotMinTime: settings.from,
    slotMaxTime: settings.until,
    snapDuration: { minutes: settings.step },
    slotEventOverlap: false,
    dayMaxEvents: 4,
    dayHeaderContent: header,
    // Named only by what it shows: a name of its own is not allowed on something without a role.
    dayHeaderDidMount: ({ el }) => el.querySelector("a:not([href])")?.removeAttribute("aria-label"),
    eventContent: content,
    events: (info, done, failed) => load(resources, info).then(done, failed),
    eventSourceFailure: () => toast(home.dataset.gone, { failed: true, action: { label: home.dataset.again, run: refresh } }),
    dateClick: ({ dateStr }) => openNew(dateStr, resources.length === 1 ? resources[0] : null),
    eventClick: (info) => {
      if (!info.event.url || info.jsEvent.ctrlKey || info.jsEvent.metaKey) return;
      info.jsEvent.preventDefault();
      open(info.event.url);
    },
    eventClassNames: ({ event }) => (moves.proposed?.id === event.id ? ["chosen"] : []),
    moreLinkDidMount: ({ el }) => el.setAttribute("role", "button"), // it says that it opens something, which a bare link may not
    eventDidMount: ({ event, el }) => {
      const { mark, service, with: name } = event.extendedProps;
      if (event.url) el.title = [event.title, service, name, mark].filter(Boolean).join(" · ");
    },
    eventDrop: (info) => moves.dropped(info),
    eventResize: (info) => moves.resized(info),
    ...more,
  });
  calendar.render();
  drawn.push(calendar);
}

/** A column for each resource: a calendar of its own, between which appointments are dragged. */
function drawColumns() {
  const row = element("div", "cal-columns");
  home.append(row);
  settings.columns.forEach((column, at) => {
    const section = element("section", at ? "bare" : "");
    const title = element("h2");
    const key = element("i", `key r${column.colour}`);
    title.append(key, element("bdi", "", column.name));
    const place = element("div");
    section.append(title, place);
    row.append(section);
    draw(place, [column.id], {
      editable: true,
      droppable: true,
      dayHeaders: false,
      eventReceive: (info) => moves.received(info, column.id),
    });
  });
}

function refresh() {
  for (const calendar of drawn) calendar.refetchEvents();
}

function refreshIfIdle() {
  if (document.visibilityState === "visible" && !moves.busy && !document.querySelector("dialog[open]")) refresh();
}

function start() {
  if (drawn.length || !window.FullCalendar || !matchMedia(WIDE).matches) return;
  document.getElementById("cal-plain").hidden = true;
  home.hidden = false;
  if (settings.view === "resources") drawColumns();
  else draw(home, settings.resources);
}

start();
matchMedia(WIDE).addEventListener("change", start);
setInterval(refreshIfIdle, POLL_MS);
addEventListener("focus", refreshIfIdle);

// Days go the way the eye does: in Hebrew the arrow to the right is earlier.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (document.querySelector("dialog[open]") || event.target.closest("input, select, textarea, a, button, summary")) return;
  const earlier = document.documentElement.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
  const later = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  if (event.key === earlier) document.getElementById("cal-before").click();
  else if (event.key === later) document.getElementById("cal-after").click();
});
