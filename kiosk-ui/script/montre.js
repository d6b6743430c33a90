// Says "On regarde ça ensemble" when somebody showed a pass and nobody of the
// staff is at the station's pages: the same words whatever the pass is worth.
const place = document.getElementById("montre");
let seen = -1;
let timer;

if (place) {
  if ("session" in document.body.dataset) document.addEventListener("etat", ({ detail }) => take(detail.shown));
  else if (!document.querySelector("[data-flux]")) {
    new EventSource("/etat").addEventListener("etat", (event) => take(JSON.parse(event.data).shown));
  }
}

function take(shown) {
  if (seen >= 0 && shown > seen) say();
  seen = shown;
}

function say() {
  const title = document.createElement("strong");
  const text = document.createElement("span");
  title.textContent = place.dataset.title;
  text.textContent = place.dataset.text;
  place.replaceChildren(title, text);
  clearTimeout(timer);
  timer = setTimeout(() => place.replaceChildren(), 20000);
}
