/** Offers records while someone types in a search box. Without it, the box works as it is. */

const WAIT = 150; // milliseconds of rest before the site is asked
const SHORTEST = 2; // letters

for (const box of document.querySelectorAll("input[data-suggest]")) {
  const list = document.createElement("datalist");
  list.id = `${box.id}-suggestions`;
  box.after(list);
  box.setAttribute("list", list.id);
  let timer = 0;
  let asked = "";
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const text = box.value.trim();
      if (text.length < SHORTEST || text === asked) return;
      asked = text;
      const answer = await fetch(`/search/suggest?q=${encodeURIComponent(text)}`);
      if (!answer.ok || text !== asked) return;
      list.replaceChildren(...(await answer.json()).map(option));
    }, WAIT);
  });
}

function option({ title, kind }) {
  const node = document.createElement("option");
  node.value = title;
  node.label = kind;
  return node;
}
