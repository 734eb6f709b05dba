/** On the form for existing services: more rows without a round to the site, and a file read into the text box. */

const body = document.querySelector("#services");
const more = document.querySelector("#more-rows");
const file = document.querySelector("#list-file");
const box = document.querySelector("#list");
const MOST = 100000; // characters, as the site takes

if (body && more) {
  more.addEventListener("click", (event) => {
    event.preventDefault();
    const rows = body.querySelectorAll(".service-row");
    const row = rows[rows.length - 1].cloneNode(true);
    const number = rows.length + 1;
    for (const input of row.querySelectorAll("input")) {
      input.value = "";
      input.id = input.id.replace(/\d+$/, number);
    }
    for (const label of row.querySelectorAll("label")) label.htmlFor = label.htmlFor.replace(/\d+$/, number);
    row.querySelector("legend").textContent = `Service ${number}`;
    body.append(row);
    row.querySelector("input").focus();
  });
}

if (file && box) {
  file.hidden = false;
  file.closest("p").hidden = false;
  file.addEventListener("change", async () => {
    const chosen = file.files[0];
    if (!chosen) return;
    const told = document.querySelector("#file-told");
    if (chosen.size > MOST) {
      told.textContent = `That file is larger than ${MOST.toLocaleString("en-GB")} bytes.`;
      return;
    }
    box.value = await chosen.text();
    told.textContent = `${chosen.name} is in the box. Check it, then choose “Read the list”.`;
    box.focus();
  });
}
