// The list of calls and the page of one: small menus close when they are done with, a line that is named is shown.

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.pop[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary")?.focus();
});

// A menu that asked a question makes room for it.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-dialog]")) event.target.closest("details.pop")?.removeAttribute("open");
});

// A line that the address names stands out also where HTMX or the browser put it there late.
const named = location.hash.startsWith("#turn-") ? document.getElementById(location.hash.slice(1)) : null;
named?.scrollIntoView({ block: "center" });
