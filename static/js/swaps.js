// Regions that the server draws anew, and people who are quicker than its answers: what they do meanwhile waits for
// the answer before it, and what they typed elsewhere in the region stands there again when it has been exchanged.

const underWay = new Set(); // {elt, target, said, button}
const waiting = []; // {elt, target, verb, address, said, button, again}
const sentFiles = new WeakSet(); // none goes again with what is written after it
const lost = new Set(); // what to call when something that waited has no place any more
let kept = [];

/** Told of an action that could not be done: its form is gone from the page, or, `isKept`, its button is. */
export function onLost(tell) { lost.add(tell); }

const addressOf = (elt, verb) => elt.getAttribute(`hx-${verb}`) ?? elt.getAttribute("action") ?? elt.getAttribute("href");
const formOf = (elt) => (elt.matches("form") ? elt : null);
const entries = (form) => (form ? [...new FormData(form)].map(([name, value]) => [name, value instanceof File ? `${value.name} ${value.size} ${value.lastModified}` : value]) : []);
/** Which of the form's buttons was pressed: it may decide what becomes of the text. */
const buttonOf = (event) => (event?.submitter ? { name: event.submitter.name, value: event.submitter.value } : null);
const saysAtOnce = (form) => Boolean(form.getAttribute("hx-trigger")?.includes("change")); // what is chosen in it
const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** Whether the answer to `first` would take away what `next` stands in or writes to, or the other way round. */
function meet(first, next) {
  return first.target.contains(next.elt) || first.target.contains(next.target) || next.target.contains(first.target);
}

const lastOf = (asked, elt) => [...asked].filter((each) => each.elt === elt).at(-1);

/** The same thing asked again: a second click, not a second deed. What was asked before the last says nothing. */
function isEcho(next) {
  const last = lastOf(waiting, next.elt) ?? lastOf(underWay, next.elt);
  return Boolean(last) && isSame(last.said, next.said) && isSame(last.button, next.button);
}

/** Words that were typed are each sent; of choices only the last. */
const takesWords = ({ elt, verb }) => verb !== "get" && elt.matches("form") && !saysAtOnce(elt) && elt.querySelector("textarea, input[type=text], input:not([type])") !== null;

document.body.addEventListener("htmx:confirm", (event) => {
  const { elt, target, verb, issueRequest, triggeringEvent } = event.detail;
  const button = buttonOf(triggeringEvent);
  const next = { elt, target, verb, address: addressOf(elt, verb), said: entries(formOf(elt)), button, again: issueRequest };
  const first = [...underWay].find((each) => meet(each, next));
  // A field that asks while one types stays where it is; HTMX itself sends what it says last.
  if (!first || (first.elt === elt && !first.target.contains(elt))) return;
  event.preventDefault();
  if (isEcho(next)) return;
  const earlier = takesWords(next) ? -1 : waiting.findIndex((each) => each.elt === elt);
  if (earlier >= 0) waiting.splice(earlier, 1);
  waiting.push(next);
});

// HTMX sends the button that was clicked; one that a script or a key pressed would be left out.
document.body.addEventListener("htmx:configRequest", ({ detail: { parameters, triggeringEvent } }) => {
  const button = buttonOf(triggeringEvent);
  if (button?.name) parameters[button.name] = button.value;
});

document.body.addEventListener("htmx:beforeRequest", ({ detail: { elt, target, xhr, requestConfig } }) => {
  const one = { elt, target, said: entries(formOf(elt)), button: buttonOf(requestConfig.triggeringEvent) };
  if (formOf(elt)) for (const field of filesOf(elt)) sentFiles.add(field.files[0]);
  underWay.add(one);
  busy(target, true);
  // Not HTMX's own event: that of an element which another answer took away reaches nobody.
  xhr.addEventListener("loadend", () => { underWay.delete(one); busy(target, false); goOn(); });
});

function busy(target, isBusy) {
  if (isBusy) target.setAttribute("aria-busy", "true");
  else if (![...underWay].some((each) => each.target === target)) target.removeAttribute("aria-busy");
  document.documentElement.classList.toggle("busy", underWay.size > 0);
}

/** The first of those that wait and are in nobody's way now. */
function goOn() {
  const at = waiting.findIndex((next) => ![...underWay].some((first) => meet(first, next)));
  if (at < 0) return;
  const [next] = waiting.splice(at, 1);
  if (next.elt.isConnected && !takesWords(next)) next.again();
  else {
    const outcome = again(next);
    if (outcome !== DONE) for (const tell of lost) tell({ isKept: outcome === KEPT });
  }
  goOn();
}

const [DONE, KEPT, GONE] = ["done", "kept", "gone"];

/** Does it with what stands in its place since the region was drawn anew; what was typed since then stays there. */
function again(next) {
  const { elt, verb, address, said, button } = next;
  const heir = elt.isConnected ? elt : [...document.querySelectorAll(elt.tagName)].find((each) => each.hasAttribute(`hx-${verb}`) && addressOf(each, verb) === address);
  if (!heir) return elt.matches("form, a, button") ? GONE : DONE; // a region that renews itself is new already
  if (!elt.matches("form")) { if (elt.matches("a, button")) heir.click(); return DONE; }
  const typed = takesWords(next) ? fieldsOf(heir).map((field) => [field, valuesOf(field)]) : [];
  for (const field of fieldsOf(heir)) write(field, said.filter(([name]) => name === field.name).map(([, value]) => value));
  for (const field of filesOf(elt)) {
    if (heir.elements[field.name] && !sentFiles.has(field.files[0])) heir.elements[field.name].files = field.files;
  }
  if (press(heir, button)) {
    for (const [field, values] of typed) write(field, values);
    return DONE;
  }
  heir.dispatchEvent(new CustomEvent("kept", { bubbles: true }));
  return KEPT;
}

/** Sends the form by this button of it. Where it has no such button now nothing is sent: it would be something else. */
function press(form, button) {
  const twin = button?.name ? twinOf(form, button) : null;
  if (button?.name && !twin) return false;
  form.requestSubmit(twin);
  return true;
}

/** Asks once more what HTMX could not send. */
export function repeat(elt, kind, event) {
  const button = buttonOf(event);
  if (!button) window.htmx.trigger(elt, kind);
  else if (!press(elt, button)) for (const tell of lost) tell({ isKept: true });
}

const filesOf = (form) => [...form.elements].filter((field) => field.name && field.type === "file" && field.files.length);
const isButton = (field) => field.matches("button, input") && field.type === "submit" && !field.disabled;
const twinOf = (form, { name, value }) => [...form.elements].find((field) => isButton(field) && field.name === name && field.value === value);

// --- what was typed --------------------------------------------------------------------------------------
const UNTOUCHED = new Set(["hidden", "submit", "button", "file", "password"]);
export const fieldsOf = (form) => [...form.elements].filter((field) => field.name && field.matches("input, select, textarea") && !UNTOUCHED.has(field.type));
export const isTick = (field) => field.type === "checkbox" || field.type === "radio";

export function valuesOf(field) {
  if (isTick(field)) return field.checked ? [field.value] : [];
  return field.matches("select") ? [...field.selectedOptions].map((option) => option.value) : [field.value];
}

function valuesAtFirst(field) {
  if (isTick(field)) return field.defaultChecked ? [field.value] : [];
  if (!field.matches("select")) return [field.defaultValue];
  const chosen = [...field.options].filter((option) => option.defaultSelected);
  return (chosen.length || field.multiple ? chosen : [...field.options].slice(0, 1)).map((option) => option.value);
}

export function write(field, values) {
  if (isTick(field)) field.checked = values.includes(field.value);
  else if (field.matches("select")) for (const option of field.options) option.selected = values.includes(option.value);
  else if (values.length) [field.value] = values;
}

/** Fields that say something else than what was shown first, or, in the form that was sent, than what it sent. */
function touched(form, sent) {
  const before = (field) => (sent ? sent.filter(([name]) => name === field.name).map(([, value]) => value).filter((value) => !isTick(field) || value === field.value) : valuesAtFirst(field));
  return fieldsOf(form).filter((field) => !isSame(valuesOf(field), before(field)));
}

document.body.addEventListener("htmx:beforeSwap", ({ detail: { target, xhr, requestConfig, shouldSwap } }) => {
  kept = [];
  if (!shouldSwap) return;
  const sent = [...underWay].find((each) => each.elt === requestConfig.elt)?.said;
  for (const form of target.querySelectorAll("form[hx-post]")) {
    if (saysAtOnce(form)) continue;
    const fields = touched(form, form === requestConfig.elt ? sent : null);
    if (!fields.length) continue;
    const seen = form.elements.seen?.value; // of what the typed text is a change
    const details = form.closest("details");
    kept.push({ form, seen, isOpen: Boolean(details?.open), fields: fields.map((field) => ({ name: field.name, value: field.value, values: valuesOf(field) })) });
  }
});

document.body.addEventListener("htmx:afterSwap", () => {
  for (const { form, seen, isOpen, fields } of kept.splice(0)) {
    if (form.isConnected) continue;
    const heir = [...document.querySelectorAll("form[hx-post]")].find((each) => addressOf(each, "post") === addressOf(form, "post"));
    if (!heir) continue;
    for (const { name, value, values } of fields) {
      const field = fieldsOf(heir).find((each) => each.name === name && (!isTick(each) || each.value === value));
      if (field) write(field, values);
    }
    if (seen !== undefined && heir.elements.seen) heir.elements.seen.value = seen;
    const details = heir.closest("details");
    if (isOpen && details) details.open = true;
    if (heir.matches("[data-guard]")) heir.dispatchEvent(new CustomEvent("kept", { bubbles: true }));
  }
});
