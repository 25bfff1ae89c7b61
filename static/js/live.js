// The live calls page: the list, the chosen call growing, and what may be asked of it.

import { Feed } from "./feed.js";

const $ = (id) => document.getElementById(id);
const page = $("live");
const lines = $("lines");
const NEAR_END_PX = 48;
const BUSY = { whisper: $("whisper"), take_over: $("take-over"), end: $("end-form") };

let chosen = page.dataset.call;
let calls = new Map(); // sid -> what the list knows
let isOver = false;
let isUp = false;
let isMine = false; // this page asked for the call

// --- the list ---------------------------------------------------------------------------------------------
function showCalls(listed) {
  calls = new Map(listed.map((call) => [call.sid, call]));
  const list = $("calls");
  const focused = document.activeElement?.closest("[data-sid]")?.dataset.sid;
  list.replaceChildren();
  for (const call of listed) {
    list.insertAdjacentHTML("beforeend", call.html); // rendered and escaped by the server
    list.lastElementChild.dataset.startedAt = String(Date.now() - call.seconds * 1000);
  }
  if (focused) list.querySelector(`[data-sid="${CSS.escape(focused)}"] a`)?.focus();
  const stays = calls.has(chosen) || (chosen && lines.childElementCount > 0);
  if (!stays) choose(listed[0]?.sid ?? "");
  else if (calls.has(chosen)) showState(calls.get(chosen));
  else if (!isOver) over(""); // it ended where no stream tells of it: with a person, or in the voicemail
  mark();
  const empty = listed.length === 0 && !chosen;
  $("none").hidden = !empty;
  page.hidden = empty;
  for (const badge of document.querySelectorAll('[data-badge="live"]')) showBadge(badge, listed.length);
  tick();
}

function showBadge(badge, count) {
  badge.replaceChildren();
  if (!count) return;
  if (badge.closest(".nav")) { const dot = document.createElement("span"); dot.className = "dot live"; badge.append(dot); }
  badge.append(String(count));
}

function showCall({ sid, state, state_text: text, last, askable }) {
  const known = calls.get(sid);
  if (known) Object.assign(known, { state, state_text: text, last, askable });
  const line = $("calls").querySelector(`[data-sid="${CSS.escape(sid)}"] [data-last]`);
  if (line) line.textContent = last || text;
  if (sid === chosen && known) showState(known);
}

function mark() {
  for (const item of $("calls").querySelectorAll("[data-sid]")) {
    const link = item.querySelector("a");
    if (item.dataset.sid === chosen) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

$("calls").addEventListener("click", (event) => {
  const item = event.target.closest("[data-sid]");
  if (!item || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  choose(item.dataset.sid);
  history.replaceState(null, "", `?call=${encodeURIComponent(item.dataset.sid)}`);
});

// --- the chosen call ----------------------------------------------------------------------------------------
function choose(sid) {
  if (sid === chosen && lines.childElementCount) return;
  chosen = sid;
  isOver = isMine = false;
  lines.replaceChildren();
  $("partial").hidden = $("over").hidden = true;
  $("more").hidden = true;
  $("whisper-answer").textContent = $("control-answer").textContent = "";
  $("watched").hidden = $("side-cards").hidden = !sid;
  mark();
  if (!sid) return;
  const call = calls.get(sid);
  const who = $("calls").querySelector(`[data-sid="${CSS.escape(sid)}"] [data-who]`);
  $("who").replaceChildren(...(who ? [...who.cloneNode(true).childNodes] : []));
  $("began").innerHTML = call?.began ?? ""; // an hour, rendered by the server
  for (const form of Object.values(BUSY)) if (form) form.action = form.action.replace(/live\/.*?\/([a-z_]+)\/$/, `live/${encodeURIComponent(sid)}/$1/`);
  for (const field of document.querySelectorAll('input[name="call"]')) field.value = sid;
  if (call) showState(call);
  feed.forget(sid);
  feed.watch(sid);
}

function showState({ state_text: text, askable }) {
  $("state").textContent = text;
  $("state").hidden = isOver;
  may(askable && !isOver);
}

/** Switch the controls; a reason stands beside those that are off. */
function may(isAskable) {
  const reason = isUp ? "" : $("feed-banner").dataset.disabled;
  for (const control of [$("whisper-text"), ...page.querySelectorAll("#whisper button, #side-cards button"), $("end")]) {
    if (!control) continue;
    const off = !isAskable || !isUp;
    if ("disabled" in control && control.tagName !== "A") control.disabled = off;
    else control.setAttribute("aria-disabled", String(off));
    if (reason) { control.setAttribute("title", reason); control.setAttribute("aria-description", reason); }
    else { control.removeAttribute("title"); control.removeAttribute("aria-description"); }
  }
}

// A link that is switched off opens no dialog.
page.addEventListener("click", (event) => {
  if (event.target.closest('[aria-disabled="true"]')) { event.preventDefault(); event.stopImmediatePropagation(); }
}, { capture: true });

function atEnd() { return lines.scrollHeight - lines.scrollTop - lines.clientHeight < NEAR_END_PX; }
function toEnd() { lines.scrollTop = lines.scrollHeight; $("more").hidden = true; }
$("more").addEventListener("click", toEnd);
lines.addEventListener("scroll", () => { if (atEnd()) $("more").hidden = true; });

/** A line stands where its number says; a later version takes the place of the earlier one. */
function showLine({ index, html }) {
  const old = lines.querySelector(`[data-index="${index}"]`);
  if (!html) { old?.remove(); return false; }
  const holder = document.createElement("template");
  holder.innerHTML = html; // rendered and escaped by the server
  const line = holder.content.firstElementChild;
  if (old) { if (old.outerHTML !== line.outerHTML) old.replaceWith(line); return false; }
  const next = [...lines.children].reverse().find((each) => Number(each.dataset.index) < index);
  if (next) next.after(line); else lines.prepend(line);
  return true;
}

/** The words of the assistant come before their sound: what was said last, and of which nothing was heard yet, was not
 *  cut off. Once somebody says more, it is what its numbers say. */
function beingSaid(isLive) {
  for (const each of lines.querySelectorAll(".being-said")) each.classList.remove("being-said");
  const last = isLive ? [...lines.querySelectorAll(".al-turn")].at(-1) : null;
  if (last?.hasAttribute("data-unheard")) last.classList.add("being-said");
}

function showEvents(sid, events, { again }) {
  if (sid !== chosen) return;
  const stay = atEnd();
  if (again) lines.replaceChildren();
  let isNew = false;
  beingSaid(false);
  for (const event of events) {
    if (event.kind === "line") {
      isNew = showLine(event) || isNew;
      if (event.speaker === $("partial").dataset.speaker) $("partial").hidden = true;
    } else if (event.kind === "known") showKnown(event.items);
    else if (event.kind === "ended") over(event.text);
    else if (event.kind === "began") { isOver = false; $("over").hidden = true; $("state").hidden = false; }
    else if (event.kind === "state" || event.kind === "left") $("state").textContent = event.text;
    if (isMine) tellTransfer(event);
  }
  beingSaid(!isOver);
  if (stay) toEnd();
  else if (isNew) $("more").hidden = false;
}

/** What becomes of the call that was asked for here. */
function tellTransfer({ kind, to, state, resumed }) {
  const place = $("control-answer");
  if (kind === "left" && to === "transfer") place.textContent = place.dataset.ringing;
  else if (kind === "state" && state === "with_person") place.textContent = place.dataset.mine;
  else if (kind === "began" && resumed === "transfer_failed") { place.textContent = place.dataset.unanswered; isMine = false; }
}

function showKnown(items) {
  const list = $("known");
  list.replaceChildren(...items.map((item) => {
    const row = document.createElement("li");
    row.classList.toggle("no", !item.known);
    row.dataset.key = item.key;
    row.append($(item.known ? "check-icon" : "clock-icon").content.cloneNode(true));
    const text = document.createElement("span");
    text.innerHTML = item.text; // rendered and escaped by the server
    row.append(text);
    return row;
  }));
}

function over(outcome) {
  isOver = true;
  beingSaid(false);
  const line = $("over").querySelector("span");
  line.textContent = outcome ? line.dataset.text.replace("{outcome}", outcome) : line.dataset.bare;
  $("to-summary").href = `/calls/${encodeURIComponent(chosen)}/`;
  $("over").hidden = false;
  $("partial").hidden = $("state").hidden = true;
  $("whisper-answer").textContent = $("control-answer").textContent = "";
  may(false);
}

function showPartial(sid, speaker, text) {
  if (sid !== chosen || isOver) return;
  const box = $("partial");
  const stay = atEnd();
  box.dataset.speaker = speaker;
  box.hidden = false;
  box.firstElementChild.className = `al-turn ${speaker}`;
  box.querySelector("p span").textContent = text;
  if (stay) toEnd();
}

// --- asking something of it -----------------------------------------------------------------------------------
async function ask(what, text, place) {
  place.textContent = "";
  const { ok, text: answer, unsent } = await feed.command(what, chosen, text);
  place.textContent = answer;
  place.classList.toggle("failed", !ok);
  return { ok, unsent };
}

BUSY.whisper.addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = $("whisper-text");
  const text = field.value.trim();
  if (!text) return;
  field.value = "";
  const { ok } = await ask("whisper", text, $("whisper-answer"));
  if (!ok && !field.value) field.value = text; // nothing that was typed is lost
});
BUSY.take_over?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { ok } = await ask("take_over", "", $("control-answer"));
  isMine = isMine || ok;
});
BUSY.end.addEventListener("submit", (event) => {
  event.preventDefault();
  $("end-dialog").close();
  ask("end", "", $("control-answer"));
});

// --- time and connection ------------------------------------------------------------------------------------
function tick() {
  for (const item of $("calls").querySelectorAll("[data-started-at]")) {
    const seconds = Math.max(0, Math.round((Date.now() - Number(item.dataset.startedAt)) / 1000));
    const length = item.querySelector("[data-length] bdi");
    if (length) length.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
}
setInterval(tick, 1000);

function connection(up) {
  isUp = up;
  $("feed-dot").classList.toggle("off", !up);
  $("feed-state").textContent = up ? $("feed-state").dataset.up : $("feed-state").dataset.down;
  $("refresh").hidden = up;
  may(Boolean(calls.get(chosen)?.askable) && !isOver);
}

const feed = new Feed({
  language: page.dataset.language,
  banner: $("feed-banner"),
  onCalls: showCalls,
  onCall: showCall,
  onEvents: showEvents,
  onPartial: showPartial,
  onConnection: connection,
});
if (chosen) feed.watch(chosen);
beingSaid(!isOver);
toEnd();
