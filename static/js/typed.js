// What was typed and is not saved: nobody leaves it behind unasked, and when the session has ended or the page is out of
// date it stands in its form again afterwards.

import { fieldsOf, isTick, valuesOf, write } from "./swaps.js";
import { keepForms, keptForms } from "./typed_store.js";

const SECRET = new Set(["password", "file", "submit", "button"]);
const OF_ONE_PAGE = new Set(["csrfmiddlewaretoken", "_business", "key"]); // the next page has its own
const VERSIONS = ["seen", "fingerprint"]; // of what the typed text is a change

const whose = document.getElementById("search-dialog")?.dataset.recents; // of whom, in which business
const changed = new Set(); // addresses of forms that somebody typed into
let waiting = []; // what has not found its form yet: it may be opened later
let isLeaving = false;

const takesText = (form) => Boolean(form?.matches?.("form[hx-post], form[method=post]")) && !form.getAttribute("hx-trigger")?.includes("change");
const addressOf = (form) => new URL(form.getAttribute("hx-post") ?? form.getAttribute("action") ?? "", location.href).pathname;
const formsOf = (addresses) => [...document.forms].filter((form) => takesText(form) && addresses.has(addressOf(form)));

function entryOf(form) {
  const fields = [...form.elements].filter((field) => field.name && field.matches("input, select, textarea") && !SECRET.has(field.type) && !OF_ONE_PAGE.has(field.name));
  const said = fields.map((field) => ({ name: field.name, value: field.value, values: valuesOf(field) }));
  return { whose, page: location.pathname, form: addressOf(form), said };
}

document.addEventListener("input", ({ target }) => { if (takesText(target.form)) changed.add(addressOf(target.form)); });
document.addEventListener("kept", ({ target }) => { changed.add(addressOf(target)); }); // another form of its region was sent
// Before the answer is shown: what was typed since is then kept as a change of its own.
document.body.addEventListener("htmx:beforeOnLoad", ({ detail: { requestConfig: { elt }, xhr } }) => {
  if (xhr.status < 400 && takesText(elt)) changed.delete(addressOf(elt));
});

/** A form goes to the server as a page: it is kept until the page after it says how that went. */
export function sent(form) {
  if (addressOf(form).includes("logout")) keepForms([]); // whoever signs out leaves nothing behind on this machine
  else if (whose && takesText(form) && fieldsOf(form).length) keepForms([entryOf(form)]);
  changed.delete(addressOf(form));
}

window.addEventListener("beforeunload", (event) => {
  if (!isLeaving && formsOf(changed).some((form) => form.matches("[data-guard]"))) event.preventDefault();
});

/** Loads the page again, past the sign-in if that has ended; what was typed comes back. */
export function startAnew() {
  if (whose) keepForms([...waiting, ...formsOf(changed).map(entryOf)].map((each) => ({ ...each, isBack: true })));
  isLeaving = true;
  location.assign(location.pathname + location.search);
}

// --- afterwards -------------------------------------------------------------------------------------------
/** Puts what was kept for this page into its forms, those that are opened later too; `tell` is called when it stands there. */
export function putBack(tell) {
  if (!whose) return;
  waiting = keptForms().filter((each) => each.isBack && each.whose === whose && each.page === location.pathname);
  keepForms(waiting);
  const look = () => {
    const found = waiting.map((entry) => [entry, formsOf(new Set([entry.form]))[0]]).filter(([, form]) => form);
    if (!found.length) return;
    waiting = waiting.filter((entry) => !found.some(([each]) => each === entry));
    keepForms(waiting);
    if (found.map(([{ said }, form]) => fill(form, said)).some(Boolean)) tell();
  };
  look();
  document.body.addEventListener("htmx:afterSettle", look);
}

/** Whether the form says anything else now than it did. */
function fill(form, said) {
  form.dispatchEvent(new CustomEvent("put-back", { detail: said })); // a form that grows gets its fields first
  const before = fieldsOf(form).map(valuesOf);
  for (const field of fieldsOf(form)) {
    const kept = said.find((each) => each.name === field.name && (!isTick(field) || each.value === field.value));
    if (kept) write(field, kept.values);
  }
  if (JSON.stringify(before) === JSON.stringify(fieldsOf(form).map(valuesOf))) return false;
  for (const name of VERSIONS) {
    const kept = said.find((each) => each.name === name);
    if (kept && form.elements[name]) form.elements[name].value = kept.value;
  }
  const details = form.closest("details");
  if (details) details.open = true;
  form.dispatchEvent(new CustomEvent("kept", { bubbles: true }));
  return true;
}
