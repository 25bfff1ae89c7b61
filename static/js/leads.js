// Customers: cards dragged between columns at once and put back when refused, and the count of chosen rows.
// Without scripts the menu "Move to…" of each card and the boxes of the list do the same.

import { csrfHeader, hasEnded, toast } from "./app.js";

const words = document.getElementById("toasts")?.dataset ?? {};

// --- the board ------------------------------------------------------------------------------------------
function board() { return document.querySelector(".board"); }

/** Moves the card now, asks the server, and puts it back with the reason if the server says no. */
async function move(card, column) {
  const home = card.parentElement, next = card.nextElementSibling, from = card.dataset.stage;
  const cards = column.querySelector("[data-cards]");
  if (column.dataset.stage === from) return;
  if (cards) cards.prepend(card);
  else card.remove();
  card.dataset.stage = column.dataset.stage;
  count(home, -1);
  if (cards) count(cards, 1);
  const back = () => {
    home.insertBefore(card, next?.parentElement === home ? next : null);
    card.dataset.stage = from;
    count(home, 1);
    if (cards) count(cards, -1);
  };
  const body = new URLSearchParams({ to: column.dataset.stage });
  const headers = { ...csrfHeader(), "HX-Request": "true" };
  const answer = await fetch(card.dataset.move, { method: "POST", headers, body }).catch(() => null);
  const news = answer ? JSON.parse(answer.headers.get("HX-Trigger") ?? "{}").toast : null;
  if (!answer?.ok) back();
  if (hasEnded(answer)) return;
  if (news) document.body.dispatchEvent(new CustomEvent("toast", { detail: news }));
  else if (!answer?.ok) toast(answer ? board()?.dataset.refused ?? "" : words.notSaved, { failed: true });
}

function count(cards, change) {
  const place = cards.closest(".col")?.querySelector("[data-count]");
  const number = Number(place?.textContent.trim());
  if (place && Number.isInteger(number)) place.textContent = String(number + change);
}

let dragged = null;
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-lead]") ?? null;
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.lead);
  dragged.classList.add("dragged");
});
document.addEventListener("dragend", () => {
  dragged?.classList.remove("dragged");
  dragged = null;
  for (const column of document.querySelectorAll(".col.over")) column.classList.remove("over");
});
document.addEventListener("dragover", (event) => {
  const column = dragged && event.target.closest?.(".board [data-stage].col");
  for (const other of document.querySelectorAll(".col.over")) if (other !== column) other.classList.remove("over");
  if (!column) return;
  event.preventDefault();
  column.classList.add("over");
});
document.addEventListener("drop", (event) => {
  const column = dragged && event.target.closest?.(".board [data-stage].col");
  if (!column) return;
  event.preventDefault();
  move(dragged, column);
});
document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("form[data-moves]");
  const column = form && document.getElementById(`column-${event.submitter?.value}`);
  const card = form?.closest("[data-lead]");
  if (!column || !card) return;
  event.preventDefault();
  form.closest("details").open = false;
  card.querySelector("a").focus();
  move(card, column);
});
const draggable = () => { for (const card of document.querySelectorAll("[data-lead]")) card.draggable = matchMedia("(pointer: fine)").matches; };
draggable();
document.body.addEventListener("htmx:afterSettle", () => { draggable(); picked(); });

// --- the list ---------------------------------------------------------------------------------------------
const boxes = () => [...document.querySelectorAll("#lead-rows [name=ids]")];
function picked() {
  const all = boxes(), chosen = all.filter((box) => box.checked).length;
  for (const place of document.querySelectorAll("[data-chosen]")) place.textContent = String(chosen);
  for (const control of document.querySelectorAll("[data-pick-all], [data-unpick]")) control.hidden = false;
  const whole = document.querySelector("[data-pick-all]");
  if (whole) { whole.checked = chosen > 0 && chosen === all.length; whole.indeterminate = chosen > 0 && chosen < all.length; }
}
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick-all]")) for (const box of boxes()) box.checked = event.target.checked;
  if (event.target.matches("[data-pick-all], #lead-rows [name=ids]")) picked();
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-unpick]")) return;
  for (const box of boxes()) box.checked = false;
  picked();
});
// Enter in a field of the selection bar means the button beside it, not the first of the form.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches(".selection input")) return;
  event.preventDefault();
  event.target.closest(".menu").querySelector("button.pri")?.click();
});
picked();

// --- the preview of an import: what a column is taken for shows at once ---------------------------------------
document.addEventListener("change", (event) => {
  event.target.closest("form")?.querySelector("button[name=refresh]")?.click();
});
