/** Short links without leaving the page, and buttons that copy. */
import { element } from "./dom.js";

/** Lets the form of the short link answer in its place. */
export function shareable(form) {
  const place = form.querySelector(".share-place");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    place.replaceChildren("Making the link…");
    try {
      const response = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" } });
      const found = await response.json();
      if (response.ok) show(place, found.url);
      else place.replaceChildren(found.detail);
    } catch {
      place.replaceChildren("The service could not be reached.");
    }
  });
}

function show(place, url) {
  place.replaceChildren(element("a", { href: url }, url), " ", copyButton("Copy the link", () => url));
}

/** A button that copies what `text` gives and says so. */
export function copyButton(label, text) {
  const button = element("button", { type: "button", class: "second small-button" }, label);
  button.addEventListener("click", async () => {
    button.textContent = (await copy(text())) ? "Copied" : "Could not be copied";
    setTimeout(() => (button.textContent = label), 2000);
  });
  return button;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text); // pages without https have no clipboard
  }
}

function copyBySelection(text) {
  const before = document.activeElement;
  const field = element("textarea", { class: "unseen", "aria-hidden": "true" });
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  before.focus();
  return done;
}
