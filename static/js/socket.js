// A socket of our own pages that stays up: it reconnects by itself, and says above the page that it is away and when it
// is back. What comes over it and how a gap is filled is the business of whoever extends it.

import { startAnew } from "./typed.js";

const RETRY_S = [1, 2, 4, 8, 15];
const SHOWN_AFTER_MS = 3000;
const BACK_SHOWN_MS = 4000;
const SILENT_MS = 25000; // two beats and a half
const NOT_A_MEMBER = 4403;

export class Connection {
  /** `banner`: the element of `calls/live_banner.html`; may be left out, as may `onConnection`. */
  constructor({ address, language = "he", banner = null, onConnection }) {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.address = `${scheme}//${location.host}${address}?language=${encodeURIComponent(language)}`;
    this.banner = banner;
    this.onConnection = onConnection;
    this.tries = 0;
    this.lostAt = 0;
    this.filled = 0; // lines that came with the first answer after a gap
    this.isUp = false;
    this.isFilling = false;
    addEventListener("online", () => this.retryNow());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.retryNow(); });
    setInterval(() => this.look(), 1000);
  }

  connect() {
    clearTimeout(this.retryTimer);
    const socket = new WebSocket(this.address);
    this.socket = socket;
    this.heardAt = Date.now();
    socket.addEventListener("open", () => { if (socket === this.socket) this.opened(); });
    socket.addEventListener("message", ({ data }) => { if (socket === this.socket) { this.heardAt = Date.now(); this.take(JSON.parse(data)); } });
    socket.addEventListener("close", ({ code }) => { if (socket === this.socket) this.closed(code); });
  }

  opened() {
    this.isFilling = this.lostAt > 0;
    this.filled = 0;
    this.isUp = true;
    this.onConnection?.(true);
  }

  closed(code) {
    if (code === NOT_A_MEMBER) { startAnew(); return; }
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
      if (this.isUp) { this.isUp = false; this.onConnection?.(false); }
      const gone = Math.round((Date.now() - this.lostAt) / 1000);
      this.say(gone === 1 ? this.banner?.dataset.lostOne : this.banner?.dataset.lost?.replace("{seconds}", gone));
    }
  }

  /** The gap is filled; `filled` says by how many lines. */
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
}
