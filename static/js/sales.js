// Quotes and drafts: more lines without loading the page anew. The sums are the server's.

const lines = document.getElementById("lines");
const more = document.getElementById("more-lines");
const count = document.querySelector("[name$='-TOTAL_FORMS']");

more?.addEventListener("click", (event) => {
  event.preventDefault();
  const next = Number(count.value);
  if (next >= Number(lines.dataset.most)) return;
  const holder = document.createElement("template");
  holder.innerHTML = document.getElementById("line-template").innerHTML.replaceAll("__prefix__", String(next));
  lines.append(holder.content);
  count.value = String(next + 1);
  more.disabled = next + 1 >= Number(lines.dataset.most);
  lines.lastElementChild.querySelector("input").focus();
});
