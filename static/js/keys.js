// Keys of every page (the list of them: #keys-dialog). Single keys do nothing while somebody types, and none destroys.

const G_LASTS_MS = 1500;
const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]") !== null;
const rightToLeft = document.documentElement.dir === "rtl";
let afterG = 0;

/** The step an arrow means to the eye: in Hebrew the next one stands at the left. */
export function stepOf(key) {
  const forward = rightToLeft ? "ArrowLeft" : "ArrowRight";
  const back = rightToLeft ? "ArrowRight" : "ArrowLeft";
  return key === forward ? 1 : key === back ? -1 : 0;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented) return;
  const search = document.getElementById("search-dialog");
  const dialog = document.querySelector("dialog[open]");
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && search) {
    event.preventDefault();
    if (!dialog) search.showModal();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (stepOf(event.key) !== 0) arrow(event, dialog !== null);
  else if (!dialog) single(event, search);
});

function single(event, search) {
  if (Date.now() - afterG < G_LASTS_MS) {
    afterG = 0;
    document.querySelector(`.side a[data-key="${CSS.escape(event.key)}"]`)?.click();
  } else if (event.key === "/" && search) { event.preventDefault(); search.showModal(); }
  else if (event.key === "?") document.getElementById("keys-dialog")?.showModal();
  else if (event.key === "g") afterG = Date.now();
  else if (event.key === "j" || event.key === "k") moveRow(event.key === "j" ? 1 : -1);
  else if (event.key === "n") document.querySelector("[data-new]")?.click();
  else if (event.key === "e") document.activeElement?.closest("[data-row]")?.querySelector("[data-done]")?.click();
}

/** Among the parts of a segmented control or a row of tabs it moves the focus; on the bare page it goes a day or view on. */
function arrow(event, inDialog) {
  const step = stepOf(event.key);
  const strip = event.target.closest?.(".seg, [role=tablist]");
  if (strip) {
    const parts = [...strip.querySelectorAll("a[href], button:not([disabled])")];
    const next = parts[parts.indexOf(document.activeElement) + step];
    if (next) { event.preventDefault(); next.focus(); }
  } else if (!inDialog && event.target === document.body) {
    document.querySelector(step > 0 ? "[data-next]" : "[data-previous]")?.click();
  }
}

/** Rows are the elements with `data-row`; the first link of a row gets the focus, so that Enter opens it. */
function moveRow(step) {
  const links = [...document.querySelectorAll("[data-row]")].map((row) => row.matches("a[href]") ? row : row.querySelector("a[href]")).filter(Boolean);
  const here = links.findIndex((link) => (link.closest("[data-row]") ?? link).contains(document.activeElement));
  links[Math.min(links.length - 1, Math.max(0, here + step))]?.focus();
}
