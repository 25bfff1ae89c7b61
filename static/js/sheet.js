// The side column of phones is a sheet over the whole page: the focus moves in and returns, Escape closes it.
// Without scripts "more" is a link to the column's own address, which shows it (`.side:target`).

const opener = document.querySelector("[data-sheet]");
const sheet = opener && document.getElementById(opener.dataset.sheet);
const page = document.querySelector(".page");

function show(open) {
  sheet.classList.toggle("open", open);
  opener.setAttribute("aria-expanded", String(open));
  page?.toggleAttribute("inert", open); // nothing behind it can be reached
  if (open) sheet.querySelector("[data-sheet-close]")?.focus();
  else opener.focus();
}

if (sheet) {
  opener.addEventListener("click", (event) => { event.preventDefault(); show(!sheet.classList.contains("open")); });
  sheet.addEventListener("click", (event) => {
    if (event.target.closest("[data-sheet-close]")) { event.preventDefault(); show(false); }
    else if (event.target.closest("[data-dialog]")) show(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !sheet.classList.contains("open") || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    show(false);
  });
  // A wider window has the column beside the page again.
  matchMedia("(min-width: 1001px)").addEventListener("change", (wide) => { if (wide.matches && sheet.classList.contains("open")) show(false); });
}
