// Moving appointments on the drawn calendar: dragged, stretched, or by the arrow keys. The server decides; what it
// refuses goes back to where it was, with the reason.

import { csrfHeader, hasEnded, toast } from "./app.js";

const DAY_MIN = 24 * 60;

/** The wall clock of a moment that FullCalendar holds, without an offset. */
const wall = (date) => date.toISOString().slice(0, 19);

export class Moves {
  /** `drawn` are the calendars on the page, `refresh` draws them as the server has them now; an arrow moves by `step`. */
  constructor({ words, refresh, drawn, step }) {
    this.words = words;
    this.refresh = refresh;
    this.drawn = drawn;
    this.step = step;
    this.busy = false;
    this.proposed = null;
    document.addEventListener("keydown", (event) => this.key(event));
  }

  // --- by hand -----------------------------------------------------------------------------------------
  dropped(info) {
    this.post(info.event, { start: wall(info.event.start) }, info.revert);
  }

  resized(info) {
    this.post(info.event, { end: wall(info.event.end) }, info.revert);
  }

  /** Dragged over from another resource's column. */
  received(info, resource) {
    // What came over belongs to no source; the next answer of the server brings it again.
    this.post(info.event, { start: wall(info.event.start), resource }, info.revert, () => info.event.remove());
  }

  async post(event, wish, revert, stays = () => {}) {
    const { version, move } = event.extendedProps;
    const body = new URLSearchParams({ version });
    if (wish.start) body.set("starts_at", wish.start);
    if (wish.end) body.set("end", wish.end);
    if (wish.resource) body.set("resource", wish.resource);
    this.busy = true;
    const answer = await this.ask(move, body);
    this.busy = false;
    if (!answer) {
      revert();
      toast(this.words.stale, { failed: true });
      return;
    }
    if (answer.ok) stays();
    else revert();
    this.tell(answer);
    this.refresh();
  }

  async ask(address, body) {
    try {
      const answer = await fetch(address, { method: "POST", body, headers: { ...csrfHeader(), Accept: "application/json" } });
      if (hasEnded(answer)) return null;
      return answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : null;
    } catch {
      return null;
    }
  }

  tell(answer) {
    if (answer.ok && answer.undo) {
      toast(answer.text, { action: { label: this.words.undo, run: () => this.undo(answer.undo) } });
    } else if (answer.insist) {
      const run = () => window.htmx.ajax("GET", answer.insist, "#dialogs");
      toast(answer.text, { failed: true, action: { label: this.words.insist, run } });
    } else {
      toast(answer.text, { failed: !answer.ok });
    }
  }

  async undo(address) {
    const answer = await this.ask(address, new URLSearchParams());
    if (answer) toast(answer.text, { failed: !answer.ok });
    else toast(this.words.stale, { failed: true });
    this.refresh();
  }

  // --- by keys: arrows carry a chosen appointment about, Enter asks, Escape leaves it where it was --------
  key(event) {
    const chosen = event.target.closest?.("a.fc-event");
    const moved = chosen && this.find(chosen.getAttribute("href"));
    if (!moved?.startEditable || document.querySelector("dialog[open]")) return;
    const minutes = this.minutes(event.key);
    const mine = this.proposed?.id === moved.id;
    if (minutes) this.carry(moved, minutes);
    else if (event.key === "Enter" && mine) this.confirm();
    else if (event.key === "Escape" && mine) this.leave();
    else return;
    event.preventDefault();
  }

  find(address) {
    for (const calendar of this.drawn) {
      const found = calendar.getEvents().find((event) => event.url === address);
      if (found) return found;
    }
    return null;
  }

  minutes(key) {
    const rtl = document.documentElement.dir === "rtl";
    const byDays = document.querySelector(".fc-daygrid") !== null;
    const week = 7 * DAY_MIN;
    const found = {
      ArrowUp: byDays ? -week : -this.step,
      ArrowDown: byDays ? week : this.step,
      ArrowRight: rtl ? -DAY_MIN : DAY_MIN,
      ArrowLeft: rtl ? DAY_MIN : -DAY_MIN,
    };
    return found[key] ?? 0;
  }

  carry(moved, minutes) {
    if (this.proposed && this.proposed.id !== moved.id) this.leave();
    if (!this.proposed) this.proposed = { id: moved.id, start: moved.start, end: moved.end };
    this.proposed.event = moved; // each look at an event is an object of its own
    this.busy = true;
    moved.moveDates({ minutes });
    this.focus(moved.url);
    this.say(this.words.going.replace("{time}", this.when(moved)));
  }

  /** It is drawn anew wherever it goes. */
  focus(address) {
    setTimeout(() => document.querySelector(`a.fc-event[href="${CSS.escape(address)}"]`)?.focus());
  }

  when(moved) {
    const [day, hour] = wall(moved.start).split("T");
    const [, month, date] = day.split("-");
    return `${date}/${month} ${hour.slice(0, 5)}`;
  }

  confirm() {
    const { event: moved } = this.proposed;
    const dialog = document.getElementById("cal-ask");
    document.getElementById("cal-ask-title").textContent = this.words.ask.replace("{name}", moved.title);
    document.getElementById("cal-ask-when").textContent = this.when(moved);
    dialog.returnValue = "stay";
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "move") {
        this.leave();
        return;
      }
      const { start, end } = this.proposed;
      this.proposed = null;
      this.post(moved, { start: wall(moved.start) }, () => moved.setDates(start, end));
    }, { once: true });
    dialog.showModal();
  }

  leave() {
    const { event: moved, start, end } = this.proposed;
    this.proposed = null;
    this.busy = false;
    moved.setDates(start, end);
    this.focus(moved.url);
    this.say("");
  }

  say(text) {
    document.getElementById("cal-said").textContent = text;
  }
}
