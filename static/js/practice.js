// The practice page: before the call, in it, and after it. Sound and socket are the softphone's; lines, server items
// and timings come from the feed that the live page reads, too.

import { Feed } from "./feed.js";
import { csrfHeader, hasEnded } from "./app.js";
import { Softphone, microphone } from "./softphone.js";

const $ = (id) => document.getElementById(id);
const words = JSON.parse($("practice-words").textContent);
const practiceMode = $("trial").dataset.practiceMode === "1";
const form = $("trial");
const NEAR_END_PX = 48;
const LOOK_MS = 15000;
const LOOKS_AFTER = 20;
const STEPS = [["STT_FINAL_MS", "STT_FINAL"], ["AI_FIRST_AUDIO_MS", "AI_FIRST"], ["FIRST_AUDIO_SENT_MS", "SENT"], ["TOTAL_LATENCY_MS", "TOTAL"]];

let phone = null;
let call = null; // {sid, result, beganAt}
let timer = 0;
let looks = 0;
let muted = false;
let keyed = "";

const feed = new Feed({
  language: document.documentElement.lang,
  banner: $("feed-banner"),
  onCalls() {}, onCall() {}, onConnection() {},
  onEvents(sid, events, { again }) { if (sid === call?.sid) take(events, again); },
  onPartial(sid, speaker, text) { if (sid === call?.sid) $("partial").textContent = text; },
});

// --- before -----------------------------------------------------------------------------------------
function showWeek() { $("week").hidden = form.elements.hours.value !== "draft"; }
form.elements.hours.addEventListener("change", showWeek);
showWeek();

function clearErrors() {
  trouble("");
  for (const error of form.querySelectorAll(".errors")) error.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) { field.removeAttribute("aria-invalid"); field.removeAttribute("aria-describedby"); }
}

function trouble(text) { $("trouble").hidden = !text; $("trouble").querySelector("span").textContent = text; }

function wrong({ field, text }) {
  const line = form.querySelector(`[data-field="${CSS.escape(field)}"]`);
  const input = form.elements[field];
  if (!line || !input) { trouble(text); return; }
  const error = document.createElement("span");
  error.className = "errors";
  error.id = `error-${field}`;
  error.append(...worded(text));
  line.append(error);
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", error.id);
}

/** The text, its ranges of hours each an island that reads from left to right. */
function worded(text) {
  return text.split(/(\d{1,2}:\d\d–\d{1,2}:\d\d)/).map((part, at) => {
    if (at % 2 === 0) return part;
    const island = document.createElement("bdi");
    island.dir = "ltr";
    island.textContent = part;
    return island;
  });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (phone) return;
  clearErrors();
  busy(true);
  const heard = await microphone();
  tellMicrophone(heard);
  const begun = await begin();
  if (!begun) {
    for (const track of heard.stream?.getTracks() ?? []) track.stop();
    busy(false);
    return;
  }
  talk(begun, heard.stream);
});

/** What the server gives for the call, or null: then it has been said why. */
async function begin() {
  const headers = { ...csrfHeader(), Accept: "application/json" };
  const answer = await fetch(form.action, { method: "POST", headers, body: new FormData(form) }).catch(() => null);
  if (hasEnded(answer)) return null;
  const told = answer?.headers.get("content-type")?.includes("json") ? await answer.json() : null;
  if (answer?.ok && told) return told;
  if (told?.errors) {
    for (const error of told.errors) wrong(error);
    if (told.errors.some(({ field }) => field.startsWith("day_"))) $("week").hidden = false;
    form.querySelector("[aria-invalid]")?.focus();
  } else trouble(told?.text ?? words.notBegun);
  return null;
}

function busy(is) {
  for (const button of document.querySelectorAll('[type="submit"][form="trial"]')) {
    button.disabled = is;
    button.setAttribute("aria-busy", String(is));
  }
}

function tellMicrophone({ stream, why }) {
  $("no-mic").hidden = Boolean(stream);
  $("no-mic").querySelector("span").textContent = stream ? "" : words[why];
  $("mute").hidden = $("level-box").hidden = !stream;
  setMuted(practiceMode);
  if (!stream) $("mic-state").textContent = words.micNone;
}

// --- in the call --------------------------------------------------------------------------------------
function talk(begun, stream) {
  call = { sid: begun.call_sid, result: begun.result, beganAt: Date.now() };
  looks = 0;
  for (const id of ["lines", "events", "result"]) $(id).replaceChildren();
  setKeyed("");
  $("before").hidden = $("again").hidden = true;
  $("no-events").hidden = $("talking").hidden = $("hang-up").hidden = $("fresh").hidden = $("keypad").hidden = $("say-form").hidden = false;
  $("state").textContent = words.connecting;
  $("dot").hidden = false;
  lock(true);
  $("practice").dataset.inCall = "";
  feed.watch(call.sid);
  phone = new Softphone({
    address: begun.stream, callSid: call.sid, token: begun.token, stream,
    on: {
      level: showLevel,
      played(is) { $("talking").dataset.hears = String(is); },
      open({ audible }) {
        phone.mute(muted || !stream);
        if (!audible) { $("no-mic").hidden = false; $("no-mic").querySelector("span").textContent = words.silent; }
      },
      closed,
    },
  });
  timer = setInterval(tick, 1000);
  $("say").focus();
}

/** What is tried stays as it was while the call goes on. */
function lock(is) { for (const field of form.querySelectorAll("input.field, select.field")) field.disabled = is; }

function tick() {
  const seconds = Math.floor((Date.now() - call.beganAt) / 1000);
  $("length").textContent = `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
  if ((seconds * 1000) % LOOK_MS === 0) look();
}

function showLevel(level) {
  if ($("level-box").hidden) return;
  const height = Math.min(1, Math.sqrt(level) * 2);
  [...$("level").children].forEach((bar, at) => {
    const size = 3 + Math.max(0, height - Math.abs(at - 2) * 0.12) * 15;
    bar.setAttribute("height", size.toFixed(1));
    bar.setAttribute("y", ((18 - size) / 2).toFixed(1));
  });
}

function setMuted(is) {
  muted = is;
  phone?.mute(is);
  $("mute").setAttribute("aria-pressed", String(is));
  $("mute").setAttribute("aria-label", is ? words.unmute : words.mute);
  $("mic-state").textContent = is ? words.micOff : words.micOn;
}
$("mute").addEventListener("click", () => setMuted(!muted));

$("say-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("say").value.trim();
  if (text && phone?.say(text)) $("say").value = "";
  $("say").focus();
});

for (const chip of document.querySelectorAll("[data-say]")) {
  chip.addEventListener("click", () => { $("say").value = chip.dataset.say; if (phone) $("say").focus(); });
}

function press(key) {
  const button = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!button || !phone?.press(key)) return;
  button.classList.add("pressed");
  setTimeout(() => button.classList.remove("pressed"), 150);
  setKeyed(key === "*" || key === "#" ? "" : keyed + key);
}

function setKeyed(digits) {
  keyed = digits;
  $("keyed").hidden = !digits;
  $("keyed").querySelector("bdi").textContent = digits;
}

$("keypad").addEventListener("click", ({ target }) => { if (target.dataset.key) press(target.dataset.key); });
$("keypad").addEventListener("keydown", (event) => {
  if (/^[0-9*#]$/.test(event.key) && !event.ctrlKey && !event.metaKey) { event.preventDefault(); press(event.key); }
});
$("hang-up").addEventListener("click", () => phone?.hangUp());
window.addEventListener("pagehide", () => phone?.hangUp());

// --- what the feed tells --------------------------------------------------------------------------------
function take(events, again) {
  if (again) { $("lines").replaceChildren(); $("events").replaceChildren(); }
  for (const event of events) {
    if (event.kind === "line") line(event);
    else if (event.kind === "metrics") measured(event);
    else if (event.kind === "state" && phone) $("state").textContent = event.text;
    else if (event.kind === "began") note(event.at_ms, words.answered, "", "began");
    else if (event.kind === "ended") note(event.at_ms, words.ended.replace("{outcome}", event.text), "", "ended");
    else if (event.kind === "left" && event.to === "transfer") note(event.at_ms, words.leftTransfer, "", "left");
    else if (event.kind === "left" && event.to === "voicemail") note(event.at_ms, words.leftVoicemail, "", "left");
  }
}

function line(event) {
  const holder = document.createElement("template");
  holder.innerHTML = event.html; // rendered and escaped by the server
  const drawn = holder.content.firstElementChild;
  if (!drawn) { document.getElementById(`line-${event.index}`)?.remove(); return; }
  $("partial").textContent = "";
  drawn.id = `line-${event.index}`;
  drawn.dataset.index = event.index;
  // Its words come before its sound: what nobody has heard yet is not what nobody heard.
  if (event.speaker === "assistant" && event.heard === 0 && !document.getElementById(drawn.id)) asSpoken(drawn);
  inOrder($("lines"), drawn);
  if (event.speaker !== "server") return;
  const chip = document.createElement("span");
  chip.className = drawn.className;
  chip.append(...drawn.cloneNode(true).childNodes);
  note(event.at_ms, chip, event.text, `item-${event.index}`);
  if (event.text.startsWith("[SERVER] appointment_")) look();
}

function asSpoken(drawn) {
  drawn.querySelector(".al-tag")?.remove();
  for (const words of drawn.querySelectorAll(".al-unheard")) words.replaceWith(...words.childNodes);
}

/** Puts a line where its number belongs, in place of an earlier version of it. */
function inOrder(list, item) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PX;
  const before = document.getElementById(item.id);
  if (before) before.replaceWith(item);
  else {
    const next = [...list.children].find((other) => Number(other.dataset.index) > Number(item.dataset.index));
    list.insertBefore(item, next ?? null);
  }
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function measured({ index, metrics, at_ms: atMs }) {
  const total = metrics.TOTAL_LATENCY_MS;
  if (typeof total !== "number") return;
  const said = words.answeredIn.replace("{seconds}", (total / 1000).toFixed(1));
  const steps = STEPS.filter(([name]) => typeof metrics[name] === "number").map(([name, short]) => `${short} ${metrics[name]}`);
  note(atMs, said, steps.join(" · "), `timing-${index}`);
}

/** One entry behind the scenes: when, what in words, and the raw item. */
function note(atMs, said, raw = "", id = "") {
  if (id && document.getElementById(id)) return;
  $("no-events").hidden = true;
  const list = $("events");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PX;
  const item = document.createElement("li");
  if (id) item.id = id;
  const time = document.createElement("time");
  const seconds = Math.floor((atMs ?? 0) / 1000);
  time.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const text = document.createElement("span");
  text.append(said);
  if (raw) {
    const exact = document.createElement("span");
    exact.className = "raw";
    exact.textContent = raw;
    text.append(exact);
  }
  item.append(time, text);
  list.append(item);
  if (atEnd) list.scrollTop = list.scrollHeight;
}

// --- afterwards -----------------------------------------------------------------------------------------
function closed({ byUs, clean, refused }) {
  phone = null;
  clearInterval(timer);
  busy(false);
  lock(false);
  delete $("practice").dataset.inCall;
  $("hang-up").hidden = $("say-form").hidden = $("keypad").hidden = $("fresh").hidden = $("level-box").hidden = true;
  $("again").hidden = false;
  $("mic-state").textContent = $("partial").textContent = "";
  setKeyed("");
  $("dot").hidden = true;
  $("state").textContent = words.over;
  if (refused) trouble(words.notBegun);
  else if (!byUs && !clean) trouble(words.lost);
  lookUntilOver();
}

async function look() {
  const sid = call.sid;
  const answer = await fetch(call.result, { headers: { Accept: "text/html", "HX-Request": "true" } }).catch(() => null);
  if (!phone && hasEnded(answer)) return true; // a call that goes on is not broken off for it
  if (!answer?.ok || call.sid !== sid) return false;
  const html = await answer.text();
  if (call.sid !== sid) return false;
  if ($("result").innerHTML.trim() !== html.trim()) $("result").innerHTML = html;
  return Boolean($("result").querySelector("[data-over]"));
}

/** The call's row is final a moment after its socket has closed. */
async function lookUntilOver() {
  looks += 1;
  if (phone || await look() || looks >= LOOKS_AFTER) return;
  setTimeout(() => { if (!phone) lookUntilOver(); }, 700);
}
