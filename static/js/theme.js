// The theme chosen in the admin (kept there by Alpine as JSON) holds on every page. Loaded in <head>,
// before the first paint, so that a dark page never flashes white.
(() => {
  let chosen = "auto";
  try {
    chosen = JSON.parse(localStorage.getItem("_x_adminTheme") ?? '"auto"');
  } catch {
    // A broken value means no choice.
  }
  if (chosen === "dark" || chosen === "light") {
    document.documentElement.classList.add(chosen);
  }
})();
