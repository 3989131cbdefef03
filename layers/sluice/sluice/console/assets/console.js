// What a page can do without is done here: copying, sharing, asking back, filters that apply at once.
"use strict";
const say = (text) => {
  const line = document.getElementById("say");
  line.textContent = text;
  setTimeout(() => { line.textContent = ""; }, 4000);
};
const words = document.body.dataset;

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea"); // pages that are not secure have no clipboard
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("not copied");
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button.dataset.copy)
    .then(() => say(words.copied), () => say(words.failed)));
}
for (const button of document.querySelectorAll("[data-share]")) {
  button.hidden = !navigator.share;
  button.addEventListener("click", () => navigator
    .share({ url: button.dataset.share, title: button.dataset.title || document.title })
    .catch((error) => { if (error.name !== "AbortError") say(words.failed); }));
}
async function shareImage(address) {
  const blob = await (await fetch(address)).blob();
  return navigator.share({ files: [new File([blob], "poster.png", { type: blob.type })] });
}
const giving = { shareText: (text) => navigator.share({ text }), shareImage };
for (const [name, give] of Object.entries(giving))
  for (const button of document.querySelectorAll(name === "shareText" ? "[data-share-text]" : "[data-share-image]")) {
    button.hidden = !navigator.share;
    button.addEventListener("click", () => give(button.dataset[name])
      .catch((error) => { if (error.name !== "AbortError") say(words.failed); }));
  }
for (const form of document.forms)
  form.addEventListener("submit", (event) => {
    const ask = event.submitter?.dataset.ask ?? form.dataset.ask;
    if (ask && !confirm(ask)) event.preventDefault();
  });
for (const field of document.querySelectorAll("[data-apply]"))
  field.addEventListener("change", () => field.form.requestSubmit());
for (const form of document.querySelectorAll("form[method=post]"))
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented || form.dataset.sent) return event.preventDefault(); // pressed twice
    form.dataset.sent = "1";
  });
addEventListener("pageshow", () => { // back from another page: forms can be sent again
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
const menu = document.querySelector(".menu");
if (menu && matchMedia("(min-width: 60rem)").matches) menu.open = true;
