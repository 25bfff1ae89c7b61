// What every page does with scripts: toasts, errors of HTMX, dialogs, unsaved changes; keys, the menu of phones, the
// search, and what is done while an answer is under way stand in modules of their own. Without scripts every control is
// a link or a form with the same result.

import "./keys.js";
import "./search.js";
import "./sheet.js";
import { onLost, repeat } from "./swaps.js";
import { putBack, sent, startAnew } from "./typed.js";

const toasts = document.getElementById("toasts");
const words = toasts?.dataset ?? {};
const MOST_IN_BADGE = 99;
const SHOWN_MS = 6000;
const SHOWN_WITH_UNDO_MS = 10000;

/** Shows one toast. `action`: {label, run}; one that failed stays until it is closed, by hand or by another. */
export function toast(text, { action = null, failed = false } = {}) {
  if (!toasts) return;
  (failed && document.querySelector("dialog:modal") || document.body).append(toasts); // seen above an open dialog
  toasts.replaceChildren();
  const box = document.createElement("div");
  box.className = "toast";
  box.setAttribute("role", failed ? "alert" : "status");
  const line = document.createElement("span");
  line.textContent = text;
  box.append(line);
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = action.label;
    button.addEventListener("click", () => { box.remove(); action.run(); });
    box.append(button);
  }
  if (failed) box.append(closeButton(box));
  toasts.append(box);
  if (!failed) leaveLater(box, action ? SHOWN_WITH_UNDO_MS : SHOWN_MS);
}

function closeButton(box) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "×";
  button.setAttribute("aria-label", words.close ?? "");
  button.addEventListener("click", () => box.remove());
  return button;
}

function leaveLater(box, afterMs) {
  let timer = 0;
  const stay = () => clearTimeout(timer);
  const start = () => { stay(); timer = setTimeout(() => box.remove(), afterMs); };
  box.addEventListener("mouseenter", stay);
  box.addEventListener("focusin", stay);
  box.addEventListener("mouseleave", start);
  box.addEventListener("focusout", start);
  start();
}

for (const box of toasts?.querySelectorAll(".toast") ?? []) {
  if (box.getAttribute("role") === "alert") box.append(closeButton(box));
  else leaveLater(box, SHOWN_WITH_UNDO_MS);
}

/** The header every request that changes something carries. */
export function csrfHeader() {
  return JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
}

/** Posts to an address that takes something back, then shows the page as it is now, with what the server says of it. */
async function undo(address) {
  const answer = await fetch(address, { method: "POST", headers: csrfHeader(), redirect: "manual" }).catch(() => null);
  if (answer?.ok || answer?.type === "opaqueredirect") location.reload();
  else if (!hasEnded(answer)) toast(answer ? words.notLoaded : words.notSaved, { failed: true });
}

/** Shows how many wait: `badge("calls", 3)`, `badge("live", 1)`. Silent to screen readers. */
export function badge(name, count) {
  for (const place of document.querySelectorAll(`[data-badge="${CSS.escape(name)}"]`)) {
    place.textContent = count > MOST_IN_BADGE ? `${MOST_IN_BADGE}+` : count > 0 ? String(count) : "";
    if (count > 0 && place.classList.contains("live") && place.closest(".side")) {
      const dot = document.createElement("span");
      dot.className = "dot live";
      place.prepend(dot);
    }
  }
}

document.body.addEventListener("toast", (event) => {
  const { text, undo: address, failed } = event.detail;
  toast(text, { failed, action: address ? { label: words.undo, run: () => undo(address) } : null });
});

/** Whether the session has ended or the page is out of date, which is seen to: what was typed is kept. */
function isOver(status, isOutOfDate) {
  if (status === 401) startAnew();
  else if (status === 403 && isOutOfDate) toast(words.outOfDate, { failed: true, action: { label: words.reload, run: startAnew } });
  else return false;
  return true;
}

/** The same of an answer that a script fetched by itself. */
export function hasEnded(answer) {
  const isAtSignIn = answer?.redirected && new URL(answer.url).pathname.startsWith("/accounts/");
  return isOver(isAtSignIn ? 401 : answer?.status, answer?.headers.get("X-Out-Of-Date"));
}

// --- HTMX ---------------------------------------------------------------------------------------------
onLost(({ isKept }) => toast(isKept ? words.notSent : words.notLoaded, { failed: true }));
document.body.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (isOver(status, event.detail.xhr.getResponseHeader("X-Out-Of-Date"))) return;
  if (status === 403) toast(words.refused, { failed: true });
  else if (status === 404) toast(words.gone, { failed: true });
  else {
    const code = event.detail.xhr.getResponseHeader("X-Failure-Code");
    toast(code ? `${words.failed} ${code}` : words.notLoaded, { failed: true });
  }
});
document.body.addEventListener("htmx:sendError", (event) => {
  const { elt, requestConfig } = event.detail;
  if (!requestConfig.triggeringEvent) return; // nobody asked: the page looks for news by itself, and will again
  const kind = elt.matches("form") ? "submit" : elt.matches("input, select, textarea") ? "change" : "click";
  const text = requestConfig?.verb === "get" ? words.notReached : words.notSaved;
  toast(text, { failed: true, action: { label: words.again, run: () => repeat(elt, kind, requestConfig.triggeringEvent) } });
});
// After a swap the focus stays where it was (HTMX finds it by its id), else it goes to the heading of the region.
let focusWas = null;
document.body.addEventListener("htmx:beforeSwap", (event) => { focusWas = event.detail.target.contains?.(document.activeElement) ? event.detail.target.id : null; });
document.body.addEventListener("htmx:afterSettle", () => {
  if (focusWas === null || document.activeElement !== document.body) return;
  const region = document.getElementById(focusWas)?.closest("section, main, dialog") ?? document.getElementById("main");
  const heading = region?.querySelector("h1, h2, h3") ?? document.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus({ preventScroll: true });
});

document.body.addEventListener("badges", (event) => {
  for (const [name, count] of Object.entries(event.detail)) if (typeof count === "number") badge(name, count);
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  // HTMX counts an answer of 409 or 422 as a success: it is shown, and the form stays.
  if (event.detail.successful && event.detail.xhr.status < 400 && event.detail.elt.matches("form[data-closes]")) event.detail.elt.closest("dialog")?.close();
});

// --- dialogs: <button data-dialog="id">, <button data-close> -------------------------------------------
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (dialog) { event.preventDefault(); dialog.showModal(); }
  }
  const closer = event.target.closest("[data-close]");
  if (closer) { event.preventDefault(); closer.closest("dialog")?.close(); }
  const toggler = event.target.closest("[data-toggle]");
  if (toggler) {
    const open = document.getElementById(toggler.dataset.toggle).classList.toggle("open");
    toggler.setAttribute("aria-expanded", String(open));
  }
  for (const menu of document.querySelectorAll("details.pop[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  const dialog = event.detail.target.querySelector?.("dialog[data-open]");
  if (dialog && !dialog.open) dialog.showModal();
});

// --- without a connection ---------------------------------------------------------------------------------
// Saved now, a page would be gone with what was typed in it; so it stays, and says why. Pages of calls tell it themselves.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (navigator.onLine || event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
  event.preventDefault();
  toast(words.notSaved, { failed: true, action: { label: words.again, run: () => form.requestSubmit(event.submitter) } });
});
// On the window: after the listeners of the page's own scripts, which may have taken the form for themselves.
window.addEventListener("submit", (event) => { if (!event.defaultPrevented) sent(event.target); });
let isCutOff = false;
window.addEventListener("offline", () => {
  if (document.getElementById("feed-banner")) return;
  isCutOff = true;
  toast(words.notReached, { failed: true });
});
window.addEventListener("online", () => {
  if (isCutOff) toast(words.back);
  isCutOff = false;
});
document.addEventListener("DOMContentLoaded", () => putBack(() => toast(words.putBack))); // when the page's own scripts stand
