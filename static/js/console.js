// The console: runs and approvals appear and go on by themselves. What somebody is filling in is left alone.

import { badge, hasEnded } from "./app.js";
import { Connection } from "./socket.js";

const $ = (id) => document.getElementById(id);
const box = $("console");
const GATHER_MS = 300;
const BEATS_PER_LOOK = 6;
const MOST_SHOWN = 99;

async function fragment(address) {
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (hasEnded(answer) || !answer?.ok) return null;
  const holder = document.createElement("template");
  holder.innerHTML = await answer.text(); // rendered and escaped by the server
  return holder.content;
}

/** Rows of the first page; those that were opened below stay. */
function showRuns(fresh) {
  const list = $("runs");
  const rows = [...fresh.children];
  const ids = new Set(rows.map((row) => row.id));
  const last = rows.filter((row) => row.id !== "more-runs").at(-1);
  const below = last ? [...list.children].filter((row) => !ids.has(row.id) && number(row) < number(last)) : [];
  const focused = document.activeElement?.closest?.("#runs li")?.id;
  list.replaceChildren(...rows.filter((row) => !(below.length && row.id === "more-runs")), ...below, ...(below.length && $("more-runs") ? [$("more-runs")] : []));
  for (const row of list.children) {
    const link = row.querySelector("a");
    if (row.id === `run-${box.dataset.run}`) link.setAttribute("aria-current", "true");
  }
  window.htmx.process(list);
  if (focused) $(focused)?.querySelector("a")?.focus({ preventScroll: true });
}
const number = (row) => Number(row.id.split("-")[1]) || 0;

/** Cards that somebody has opened a form in stay until they have decided. */
function showApprovals(fresh) {
  const place = $("approvals");
  if (!place || box.dataset.run) return;
  const busy = new Map([...place.children].filter((card) => card.querySelector("details[open]") || card.contains(document.activeElement)).map((card) => [card.id, card]));
  const cards = [...fresh.children].map((card) => busy.get(card.id) ?? card);
  place.replaceChildren(...cards, ...[...busy.values()].filter((card) => !cards.includes(card)));
  window.htmx.process(place);
}

async function refresh(run) {
  const list = new URL(box.dataset.list, location.href);
  list.searchParams.set("part", "live");
  const fresh = await fragment(list);
  if (fresh) {
    showRuns(fresh.getElementById("runs"));
    showApprovals(fresh.getElementById("approvals"));
    const count = Number(fresh.getElementById("waiting-count").dataset.count);
    badge("console", count);
    $("segment-waiting").textContent = count > MOST_SHOWN ? `${MOST_SHOWN}+` : count || "";
  }
  if (!box.dataset.run || (run && String(run) !== box.dataset.run)) return;
  const old = $("run");
  if (old.querySelector("form details[open], details.al-details[open], .appr details[open], [open] textarea")) return;
  const page = new URL(location.href);
  page.search = "?part=run";
  const now = (await fragment(page))?.getElementById("run");
  if (!now) return;
  const open = [...old.querySelectorAll(".steps li:has(details[open])")].map((step) => step.id);
  old.replaceWith(now);
  for (const id of open) now.querySelector(`#${CSS.escape(id)} details`)?.setAttribute("open", "");
  window.htmx.process(now);
}

class Console extends Connection {
  take(message) {
    if (message.type === "hello") this.filledUp();
    else if (message.type === "news" && message.run) news(message.run);
    else if (message.type === "beat" && (this.beats = (this.beats ?? 0) + 1) % BEATS_PER_LOOK === 0) news(0);
  }

  async filledUp() {
    if (!this.isFilling) { this.tries = 0; return; }
    await refresh(0);
    this.back();
  }
}

let gathering = 0;
let runs = new Set();
function news(run) {
  runs.add(run);
  gathering ||= setTimeout(async () => {
    gathering = 0;
    const told = runs;
    runs = new Set();
    await refresh(told.has(Number(box.dataset.run)) || told.has(0) ? 0 : [...told][0]);
  }, GATHER_MS);
}

new Console({ address: "/ws/inbox/", language: box.dataset.language, banner: $("feed-banner") }).connect();
