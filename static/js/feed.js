// The socket that tells what happens in running calls. After a gap it asks for what it missed, from the last number it
// has. Without scripts the pages are as of their loading.

import { Connection } from "./socket.js";

const ANSWER_WITHIN_MS = 8000;

export class Feed extends Connection {
  /** All handlers may be left out. `banner`: the element of `calls/live_banner.html`. */
  constructor({ address = "/ws/calls/live/", language, banner, onCalls, onCall, onEvents, onPartial, onConnection }) {
    super({ address, language, banner, onConnection });
    this.handlers = { onCalls, onCall, onEvents, onPartial };
    this.watched = "";
    this.last = new Map(); // sid -> number of the last event that was shown
    this.answers = new Map(); // id -> {key, message, resolve, timer}
    this.unsure = new Map(); // what was asked of a call -> its id, while nobody knows whether it arrived
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

  opened() {
    super.opened();
    if (this.watched) this.watch(this.watched);
    for (const { message } of this.answers.values()) this.send(message);
  }

  // --- what it tells ----------------------------------------------------------------------------------
  take(message) {
    switch (message.type) {
      case "calls":
        this.handlers.onCalls?.(message.calls);
        // The gap is filled once the list and, if a call is watched, its lines have come.
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
