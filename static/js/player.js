// A recording and the transcript that belongs to it move together: a line plays from where it was said, the one that is
// heard has a ring. Space plays and stops, the arrows go five seconds back and forth; time runs from left to right.
// Without scripts there is the browser's own player, and each line's hour is a link into the recording.

const STEP_S = 5;
const SPEEDS = [1, 1.25, 1.5, 2, 0.75];

/** 2:07, or 1:02:07 from an hour on. */
function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

class Player {
  constructor(box) {
    this.box = box;
    this.sound = box.querySelector("audio");
    this.button = box.querySelector("[data-play]");
    this.range = box.querySelector("input[type=range]");
    this.speed = box.querySelector("[data-speed]");
    this.follows = "follows" in box.dataset;
    this.sound.controls = false;
    this.sound.hidden = true;
    box.querySelector(".controls").hidden = false;
    this.button.addEventListener("click", () => this.toggle());
    this.range.addEventListener("input", () => { this.sound.currentTime = Number(this.range.value); });
    this.speed.addEventListener("click", () => this.faster());
    for (const name of ["timeupdate", "seeked", "durationchange"]) this.sound.addEventListener(name, () => this.show());
    for (const name of ["play", "pause", "ended"]) this.sound.addEventListener(name, () => this.show());
    this.show();
  }

  toggle() { if (this.sound.paused) this.start(); else this.sound.pause(); }

  playFrom(seconds) { this.sound.currentTime = seconds; this.start(); }

  /** Whoever stops before the sound has come rejects the start; that is no fault. */
  start() { this.sound.play().catch((reason) => { if (reason.name !== "AbortError") throw reason; }); }

  step(seconds) { this.sound.currentTime = Math.max(0, this.sound.currentTime + seconds); }

  faster() {
    const next = SPEEDS[(SPEEDS.indexOf(this.sound.playbackRate) + 1) % SPEEDS.length];
    this.sound.playbackRate = next;
    this.speed.querySelector("bdi").textContent = `${next}×`;
  }

  show() {
    const now = this.sound.currentTime;
    const whole = Number.isFinite(this.sound.duration) ? this.sound.duration : Number(this.range.max);
    if (whole) this.range.max = String(Math.ceil(whole));
    this.range.value = String(Math.round(now));
    this.range.setAttribute("aria-valuetext", `${clock(now)} ${this.range.dataset.of} ${clock(whole)}`);
    this.button.setAttribute("aria-pressed", String(!this.sound.paused));
    this.box.querySelector("[data-now]").textContent = clock(now);
    this.box.querySelector("[data-whole]").textContent = clock(whole);
    if (this.follows) this.mark(this.sound.paused && now === 0 ? null : now * 1000);
  }

  /** The line that is heard at this moment of the call. */
  mark(atMs) {
    let heard = null;
    for (const line of document.querySelectorAll(".al-turn[data-at]")) {
      if (atMs !== null && Number(line.dataset.at) <= atMs + 50) heard = line;
    }
    if (heard === this.heard) return;
    for (const [line, is] of [[this.heard, false], [heard, true]]) {
      line?.classList.toggle("is-playing", is);
      line?.querySelector(".now")?.toggleAttribute("hidden", !is);
    }
    this.heard = heard;
    const box = heard?.getBoundingClientRect();
    if (box && !this.sound.paused && (box.top < 80 || box.bottom > innerHeight - 80)) heard.scrollIntoView({ block: "center" });
  }
}

const players = [...document.querySelectorAll("[data-player]")].map((box) => new Player(box));
const main = players.find((player) => player.follows) ?? players[0];

document.addEventListener("click", (event) => {
  const line = event.target.closest(".al-turn[data-at]");
  if (!main?.follows || !line?.querySelector(".from")) return;
  if (!event.target.closest("p, .from") || String(getSelection())) return;
  event.preventDefault();
  main.playFrom(Number(line.dataset.at) / 1000);
});

document.addEventListener("keydown", (event) => {
  if (!main || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const { target } = event;
  const slider = target.matches("input[type=range]");
  if (!slider && target.closest("input, textarea, select, [contenteditable], summary")) return;
  if (event.key === " " && !target.closest("button, a")) main.toggle();
  else if (event.key === "ArrowRight") main.step(STEP_S);
  else if (event.key === "ArrowLeft") main.step(-STEP_S);
  else return;
  event.preventDefault();
});
