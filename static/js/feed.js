// The socket that tells what happens in running calls. It reconnects by itself, asks for what it missed from the last
// number it has, and says above the page that it is away. Without scripts the pages are as of their loading.

const RETRY_S = [1, 2, 4, 8, 15];
const SHOWN_AFTER_MS = 3000;
const BACK_SHOWN_MS = 4000;
const SILENT_MS = 25000; // two beats and a half
const NOT_A_MEMBER = 4403;
const ANSWER_WITHIN_MS = 8000;

export class Feed {
  /** All handlers may be left out. `banner`: the element of `calls/live_banner.html`. */
  constructor({ address = "/ws/calls/live/", language = "he", banner = null, onCalls, onCall, onEvents, onPartial, onConnection }) {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.address = `${scheme}//${location.host}${address}?language=${encodeURIComponent(language)}`;
    this.handlers = { onCalls, onCall, onEvents, onPartial, onConnection };
    this.banner = banner;
    this.watched = "";
    this.last = new Map(); // sid -> number of the last event that was shown
    this.answers = new Map(); // id -> {key, message, resolve, timer}
    this.unsure = new Map(); // what was asked of a call -> its id, while nobody knows whether it arrived
    this.tries = 0;
    this.lostAt = 0;
    this.filled = 0; // lines that came with the first answer after a gap
    this.isUp = false;
    this.isFilling = false;
    addEventListener("online", () => this.retryNow());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.retryNow(); });
    setInterval(() => this.look(), 1000);
    this.connect();
  }

  /** Watch this call in full, from the first event that was not shown yet. */
  watch(sid) {
    this.watched = sid;
    this.send({ type: "watch", sid, after: this.last.get(sid) ?? 0 });
  }

  /** Nothing is kept of this call: its next `watch` begins at its beginning. */
  forget(sid) { this.last.delete(sid); }

  /** Ask something of a call: whisper take_over end. Resolves to {ok, text}; the same id is one request.
   *  Asked again because no answer came, it keeps its id: if it did arrive, it is not done twice. */
  command(what, sid, text = "") {
    const key = JSON.stringify([what, sid, text]);
    const id = this.unsure.get(key) ?? newId();
    const message = { type: "command", id, sid, what, text };
    return new Promise((resolve) => {
      const earlier = this.answers.get(id); // the same, asked while it waits
      if (earlier) { const { resolve: first } = earlier; earlier.resolve = (answer) => { first(answer); resolve(answer); }; return; }
      if (!this.send(message)) { resolve({ ok: false, text: this.banner?.dataset.disabled ?? "", unsent: true }); return; }
      this.unsure.set(key, id);
      const timer = setTimeout(() => this.answer({ id, ok: false, text: this.banner?.dataset.disabled ?? "", unsure: true }), ANSWER_WITHIN_MS);
      this.answers.set(id, { key, message, resolve, timer });
    });
  }

  // --- the connection ---------------------------------------------------------------------------------
  connect() {
    clearTimeout(this.retryTimer);
    const socket = new WebSocket(this.address);
    this.socket = socket;
    this.heardAt = Date.now();
    socket.addEventListener("open", () => { if (socket === this.socket) this.opened(); });
    socket.addEventListener("message", ({ data }) => { if (socket === this.socket) this.take(JSON.parse(data)); });
    socket.addEventListener("close", ({ code }) => { if (socket === this.socket) this.closed(code); });
  }

  opened() {
    this.isFilling = this.lostAt > 0;
    this.filled = 0;
    this.isUp = true;
    this.handlers.onConnection?.(true);
    if (this.watched) this.watch(this.watched);
    for (const { message } of this.answers.values()) this.send(message);
  }

  closed(code) {
    if (code === NOT_A_MEMBER) { location.reload(); return; }
    this.socket = null;
    this.lostAt ||= Date.now();
    const wait = RETRY_S[Math.min(this.tries, RETRY_S.length - 1)] * 1000 * (0.75 + Math.random() / 2);
    this.tries += 1;
    this.retryTimer = setTimeout(() => this.connect(), wait);
  }

  retryNow() { if (!this.socket) this.connect(); }

  /** Every second: a socket that says nothing is gone, and a page that is cut off says so. */
  look() {
    if (this.socket && Date.now() - this.heardAt > SILENT_MS) {
      const mute = this.socket;
      this.closed(0);
      mute.close();
    }
    if (this.lostAt && !this.isFilling && Date.now() - this.lostAt >= SHOWN_AFTER_MS) {
      if (this.isUp) { this.isUp = false; this.handlers.onConnection?.(false); }
      const gone = Math.round((Date.now() - this.lostAt) / 1000);
      this.say(gone === 1 ? this.banner?.dataset.lostOne : this.banner?.dataset.lost?.replace("{seconds}", gone));
    }
  }

  /** The gap is filled once the list and, if a call is watched, its lines have come. */
  back() {
    const wasShown = this.banner && !this.banner.hidden;
    this.isFilling = false;
    this.lostAt = this.tries = 0;
    if (!wasShown) return;
    const words = this.banner.dataset;
    this.say(this.filled === 0 ? words.backNone : this.filled === 1 ? words.backOne : words.back.replace("{lines}", this.filled), true);
    setTimeout(() => { if (!this.lostAt) this.banner.hidden = true; }, BACK_SHOWN_MS);
  }

  say(text, isWell = false) {
    if (!this.banner || !text) return;
    this.banner.hidden = false;
    this.banner.classList.toggle("info", isWell);
    const line = this.banner.querySelector("span");
    if (line.textContent !== text) line.textContent = text;
  }

  send(message) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  // --- what it tells ----------------------------------------------------------------------------------
  take(message) {
    this.heardAt = Date.now();
    switch (message.type) {
      case "calls":
        this.handlers.onCalls?.(message.calls);
        if (this.isFilling) setTimeout(() => this.back(), this.watched ? 500 : 0);
        else if (!this.lostAt) this.tries = 0;
        break;
      case "call": this.handlers.onCall?.(message); break;
      case "events":
        this.last.set(message.sid, message.seq);
        if (this.isFilling) this.filled += message.events.filter((event) => event.kind === "line").length;
        this.handlers.onEvents?.(message.sid, message.events, { again: message.again, filled: this.isFilling });
        break;
      case "partial": this.handlers.onPartial?.(message.sid, message.speaker, message.text); break;
      case "answer": this.answer(message); break;
    }
  }

  /** `unsure`: the call said nothing, and may have done it all the same. */
  answer({ id, ok, text, unsure = false }) {
    const waits = this.answers.get(id);
    if (!waits) return;
    this.answers.delete(id);
    if (!unsure) this.unsure.delete(waits.key);
    clearTimeout(waits.timer);
    waits.resolve({ ok, text, unsent: unsure });
  }
}

function newId() {
  return crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
