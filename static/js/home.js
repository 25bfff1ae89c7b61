// Home stays open for hours: whoever comes back to it sees it as it is now.

const OLD_AFTER_MS = 60_000;
const shownAt = Date.now();

document.addEventListener("visibilitychange", () => {
  const isBusy = document.querySelector("dialog[open]") !== null;
  if (document.visibilityState === "visible" && Date.now() - shownAt > OLD_AFTER_MS && !isBusy) location.reload();
});
