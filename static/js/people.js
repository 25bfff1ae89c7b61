// Choosing a known customer fills the form of a new appointment in; typing another number lets that choice go.
// Without scripts the link of each customer opens the form filled in.

document.addEventListener("click", (event) => {
  const found = event.target.closest("#people-found a[data-lead]");
  const form = found?.closest("form");
  if (!form) return;
  event.preventDefault();
  const { lead, name, phone } = found.dataset;
  form.elements.lead.value = lead;
  form.elements.customer_name.value = name;
  form.elements.customer_phone.value = phone;
  form.elements.q.value = "";
  form.querySelector("#people-found").replaceChildren();
  form.elements.customer_name.focus();
});

document.addEventListener("input", (event) => {
  if (event.target.name === "customer_name" && event.target.form?.elements.lead && !event.target.value) event.target.form.elements.lead.value = "";
});

// Enter looks for somebody; it does not book.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.id === "people-q") event.preventDefault();
});
