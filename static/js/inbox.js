// The inbox stays as it is on the server: the socket says that something is new, the page asks for it and puts it where
// it belongs, without touching what is being read, heard or written.

import { badge, csrfHeader, hasEnded } from "./app.js";
import { Connection } from "./socket.js";

const $ = (id) => document.getElementById(id);
const mail = $("mail");
const NEAR_END_PX = 60;
const GATHER_MS = 250; // news that come together are looked up together
const BEATS_PER_LOOK = 6; // what a broker lost is found within a minute
const TYPING_SHOWN_MS = 5000;
const TYPING_TOLD_MS = 2500;

const drafts = new Map(); // conversation -> what was typed there and not sent yet

const thread = () => $("thread");
const openId = () => Number(thread()?.dataset.conversation ?? 0);

// --- asking for what is new ---------------------------------------------------------------------------------
async function fragment(address) {
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (hasEnded(answer) || !answer?.ok) return null;
  const holder = document.createElement("template");
  holder.innerHTML = await answer.text(); // rendered and escaped by the server
  return holder.content;
}

/** Markup without what differs from one drawing to the next. */
const bare = (element) => element.outerHTML.replace(/(name="csrfmiddlewaretoken" value=")[^"]*/g, "$1").replace(/ aria-current="true"/g, "");

/** `list` gets the children of `fresh`, in their order; those that are the same stay as they are. Counts new ones. */
function merge(list, fresh, { keepAfter = false } = {}) {
  const known = new Map([...list.children].map((child) => [child.id, child]));
  const wanted = [...fresh];
  const kept = new Set(wanted.map((child) => child.id));
  let added = 0;
  let place = list.firstElementChild;
  for (const child of wanted) {
    const old = known.get(child.id);
    let shown = old;
    if (!old) { shown = child; added += 1; }
    else if (bare(old) !== bare(child)) { if (place === old) place = old.nextElementSibling; old.replaceWith(child); shown = child; }
    if (shown === place) place = place.nextElementSibling;
    else list.insertBefore(shown, place);
    if (shown !== old) window.htmx.process(shown);
  }
  for (const [id, child] of known) if (!kept.has(id) && !keepAfter) child.remove();
  return added;
}

async function refreshList() {
  const list = $("conversations");
  const focused = document.activeElement?.closest?.("#conversations [data-open]")?.dataset.open;
  const fresh = await fragment(mail.dataset.list);
  if (!fresh) return;
  const rows = [...fresh.children];
  const last = Number(rows.filter((row) => row.dataset.at).at(-1)?.dataset.at ?? 0);
  const further = rows.some((row) => row.id === "more-conversations");
  // Pages that were opened below stay; what stood among the first ones and is not there any more has moved on.
  const ids = new Set(rows.map((row) => row.id));
  const below = further ? [...list.children].filter((row) => !ids.has(row.id) && row.dataset.at && Number(row.dataset.at) < last) : [];
  const more = below.length ? $("more-conversations") : null;
  merge(list, [...rows.filter((row) => !(more && row.id === "more-conversations")), ...below, ...(more ? [more] : [])]);
  mark();
  if (focused) list.querySelector(`[data-open="${focused}"]`)?.focus({ preventScroll: true });
  $("no-conversations").hidden = list.querySelector("[data-open]") !== null;
  showCounts();
}

function showCounts() {
  const counts = $("counts")?.dataset;
  if (!counts) return;
  badge("inbox", Number(counts.waiting));
  for (const pair of counts.counts.trim().split(/\s+/)) {
    const [key, count] = pair.split("=");
    const place = document.querySelector(`[data-segment="${key}"] .n`);
    if (place) place.textContent = count ?? "";
  }
}

async function refreshThread() {
  const box = thread();
  if (!box) return 0;
  const id = openId();
  const since = box.dataset.newest ? box.dataset.first : "";
  const seen = document.hidden ? "" : "&seen=1";
  const fresh = await fragment(`${box.dataset.live}?part=live&since=${since}${seen}`);
  if (!fresh || openId() !== id) return 0;
  for (const part of ["head", "limits"]) {
    const [old, now] = [$(part), fresh.getElementById(part)];
    if (bare(old) !== bare(now) && !old.contains(document.activeElement)) { old.replaceWith(now); window.htmx.process(now); }
  }
  if (!box.dataset.newest) { $("more").hidden = false; return 0; }
  const lines = $("lines");
  const stay = atEnd();
  const added = merge(lines, fresh.getElementById("lines").children);
  if (stay) toEnd();
  else if (added) $("more").hidden = false;
  return added;
}

// --- where one looks ----------------------------------------------------------------------------------------
const scrolls = () => { const lines = $("lines"); return lines.scrollHeight > lines.clientHeight + 1 ? lines : document.scrollingElement; };
function atEnd() { const box = scrolls(); return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX; }
function toEnd() {
  const box = scrolls();
  box.scrollTop = box.scrollHeight;
  if (thread().dataset.newest) $("more").hidden = true;
}

function mark() {
  for (const link of document.querySelectorAll("#conversations [data-open]")) {
    if (Number(link.dataset.open) === openId()) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/** A conversation was opened: at the message that was looked for, else at its end. */
function begin() {
  mark();
  if (!thread()) return;
  const field = $("id_text");
  if (!field.value) field.value = drafts.get(openId()) ?? "";
  const wanted = location.hash.startsWith("#message-") ? $(location.hash.slice(1)) : null;
  if (wanted) wanted.scrollIntoView({ block: "center" });
  else toEnd();
  for (const picture of $("lines").querySelectorAll("img")) picture.addEventListener("load", () => { if (!wanted) toEnd(); }, { once: true });
}

document.addEventListener("click", (event) => {
  const more = event.target.closest("#more");
  if (more && thread().dataset.newest) { event.preventDefault(); toEnd(); }
  const quick = event.target.closest("[data-insert]");
  if (!quick) return;
  event.preventDefault();
  const field = $("id_text");
  field.setRangeText(quick.dataset.insert, field.selectionStart, field.selectionEnd, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
document.addEventListener("scroll", (event) => { if (event.target.id === "lines" && thread().dataset.newest && atEnd()) $("more").hidden = true; }, { capture: true });

// Earlier messages come in above: what is being read stays where it is.
let heightBefore = 0;
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.closest?.("#lines")) heightBefore = scrolls().scrollHeight;
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "open" || event.target.id === "open") begin();
  if (heightBefore && event.detail.requestConfig?.path.includes("before=")) {
    const first = $("lines").querySelector("[data-message]");
    if (first) thread().dataset.first = String(Math.min(Number(thread().dataset.first), Number(first.dataset.message)));
    scrolls().scrollTop += scrolls().scrollHeight - heightBefore;
  }
  heightBefore = 0;
});

// --- writing ------------------------------------------------------------------------------------------------
let toldAt = 0;
const taken = new Set(); // conversations that typing is taking over now

document.addEventListener("input", (event) => {
  if (event.target.id !== "id_text") return;
  drafts.set(openId(), event.target.value);
  if (!event.target.value.trim()) return;
  if (Date.now() - toldAt > TYPING_TOLD_MS && socket.send({ type: "typing", conversation: openId() })) toldAt = Date.now();
  const state = $("mode")?.dataset.state;
  // Whoever begins to write answers from now on; the assistant does not talk in between.
  if ((state !== "assistant" && state !== "waiting") || taken.has(openId())) return;
  const id = openId();
  taken.add(id);
  fetch(event.target.form.dataset.takeOver, { method: "POST", headers: { ...csrfHeader(), "HX-Request": "true" } })
    .then((answer) => (answer.ok ? refreshThread() : null))
    .catch(() => null)
    .finally(() => taken.delete(id));
});

document.addEventListener("keydown", (event) => {
  if (event.target.id !== "id_text" || event.key !== "Enter" || event.isComposing) return;
  const sends = event.ctrlKey || event.metaKey || (!event.shiftKey && matchMedia("(pointer: fine)").matches);
  const button = event.target.form.querySelector('[value="reply"]');
  if (sends && !button.disabled) { event.preventDefault(); event.target.form.requestSubmit(button); }
});
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id !== "composer") return;
  drafts.set(openId(), $("id_text")?.value ?? "");
  $("id_text")?.focus();
});

let typingTimer = 0;
function showTyping({ conversation, name }) {
  const place = $("typing");
  if (!place || conversation !== openId() || !name) return;
  place.textContent = place.dataset.text.replace("{name}", name);
  clearTimeout(typingTimer);
  typingTimer = setTimeout(() => { place.textContent = ""; }, TYPING_SHOWN_MS);
}

// --- the socket ---------------------------------------------------------------------------------------------
class Inbox extends Connection {
  take(message) {
    if (message.type === "hello") this.filledUp();
    else if (message.type === "news") news(message.conversation);
    else if (message.type === "typing") showTyping(message);
    else if (message.type === "beat" && (this.beats = (this.beats ?? 0) + 1) % BEATS_PER_LOOK === 0) news(openId());
  }

  async filledUp() {
    if (!this.isFilling) { this.tries = 0; return; }
    await refreshList();
    this.filled = await refreshThread();
    this.back();
  }
}

let gathering = 0;
let isOfOpen = false;
function news(conversation) {
  isOfOpen ||= conversation === null || conversation === openId();
  gathering ||= setTimeout(async () => {
    gathering = 0;
    const both = isOfOpen;
    isOfOpen = false;
    if (both) await refreshThread();
    await refreshList();
  }, GATHER_MS);
}

document.body.addEventListener("inbox-news", (event) => { if (event.detail.conversation) news(event.detail.conversation); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) news(openId()); });
const socket = new Inbox({ address: "/ws/inbox/", language: mail.dataset.language, banner: $("feed-banner") });
socket.connect();
begin();
showCounts();
