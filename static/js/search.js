// The search box over everything: arrows move through what was found, and an empty box shows the pages seen last.

const KEPT = 8;
const dialog = document.getElementById("search-dialog");
const key = dialog?.dataset.recents;

function recents() {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(kept) ? kept.filter((page) => typeof page?.address === "string" && page.address.startsWith("/") && !page.address.startsWith("//")) : [];
  } catch {
    return []; // no storage, or nothing sensible in it
  }
}

/** A page says by `data-recent` on its <main> under which name it can be found again. */
function remember() {
  const title = document.querySelector("main[data-recent]")?.dataset.recent;
  if (!key || !title) return;
  const others = recents().filter((page) => page.address !== location.pathname);
  try {
    localStorage.setItem(key, JSON.stringify([{ address: location.pathname, title }, ...others].slice(0, KEPT)));
  } catch {
    // A full or forbidden storage only means that nothing is remembered.
  }
}

function showRecents(found) {
  const pages = recents().filter((page) => page.address !== location.pathname);
  found.replaceChildren();
  if (pages.length === 0) return;
  const heading = document.createElement("h3");
  heading.textContent = dialog.dataset.recentsTitle;
  const list = document.createElement("ul");
  for (const page of pages) {
    const link = document.createElement("a");
    link.href = page.address;
    link.className = "hit";
    const title = document.createElement("bdi");
    title.textContent = page.title;
    link.append(title);
    list.appendChild(document.createElement("li")).append(link);
  }
  found.append(heading, list);
}

function move(event, input) {
  if (event.key === "Escape" && dialog?.open) { // at once, though the box would first empty itself
    event.preventDefault();
    dialog.close();
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const places = [input, ...event.currentTarget.querySelectorAll("a.hit")];
  const next = places[places.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
  event.preventDefault();
  next?.focus();
}

remember();
for (const box of document.querySelectorAll("[data-search]")) box.addEventListener("keydown", (event) => move(event, box.querySelector("input[type=search]")));
if (dialog) {
  const input = dialog.querySelector("input[type=search]");
  const found = dialog.querySelector("[data-found]");
  const emptied = () => { if (input.value.trim() === "") showRecents(found); };
  new MutationObserver(() => { if (dialog.open) { emptied(); input.select(); } }).observe(dialog, { attributeFilter: ["open"] });
  input.addEventListener("input", emptied);
  dialog.addEventListener("htmx:afterSwap", emptied); // an answer that came after the box was emptied
  // Whoever signs out leaves no names behind on this machine.
  document.addEventListener("submit", (event) => { if (event.target.action?.includes("logout")) localStorage.removeItem(key); });
}
