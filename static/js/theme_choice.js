// The choice of the theme in the personal menu. It is kept where the admin keeps its own (Alpine, as JSON), so one
// choice holds on every page; js/theme.js reads it before the first paint.

const KEY = "_x_adminTheme";

function chosen() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '"auto"');
  } catch {
    return "auto";
  }
}

function show() {
  const theme = chosen();
  const { classList } = document.documentElement;
  classList.toggle("dark", theme === "dark");
  classList.toggle("light", theme === "light");
  for (const button of document.querySelectorAll("[data-theme-choice]")) button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
}

for (const group of document.querySelectorAll(".themes")) {
  group.hidden = false; // without scripts there is nothing to choose with
  group.addEventListener("click", (event) => {
    const theme = event.target.closest("[data-theme-choice]")?.dataset.themeChoice;
    if (!theme) return;
    localStorage.setItem(KEY, JSON.stringify(theme));
    show();
  });
}
show();
