// Says "On regarde ça ensemble" when somebody showed a pass and nobody of the
// staff is at the station's pages: the same words whatever the pass is worth.
// Also says which station somebody at the fleet is looking for.
const place = document.getElementById("montre");
let seen = -1;
let timer;

if (place) {
  if ("session" in document.body.dataset) document.addEventListener("etat", ({ detail }) => take(detail));
  else if (!document.querySelector("[data-flux]")) {
    new EventSource("/etat").addEventListener("etat", (event) => take(JSON.parse(event.data)));
  }
}

function take({ shown, wanted }) {
  if (wanted) say(0, place.dataset.wanted);
  else if (place.hasAttribute("data-found")) hush();
  else if (seen >= 0 && shown > seen) say(20000, place.dataset.title, place.dataset.text);
  place.toggleAttribute("data-found", wanted);
  seen = shown;
}

function say(time, title, text = "") {
  const strong = document.createElement("strong");
  const more = document.createElement("span");
  strong.textContent = title;
  more.textContent = text;
  place.replaceChildren(strong, more);
  clearTimeout(timer);
  if (time) timer = setTimeout(hush, time);
}

function hush() {
  place.replaceChildren();
}
