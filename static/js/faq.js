// Questions and answers: the menu counts anew after a change, and asking as a customer asks again in the other medium.

import { badge } from "./app.js";

document.body.addEventListener("faq", (event) => badge("questions", event.detail.questions));

document.addEventListener("change", (event) => {
  const form = event.target.closest("#asking form");
  if (form && event.target.name === "medium" && form.elements.text.value.trim()) form.requestSubmit();
});
