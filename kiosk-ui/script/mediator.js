// Keeps an open page of mediator mode up to date: it fetches the page again
// when the station says that something changed, and puts the parts marked
// data-live in place. What is being typed is never touched.
const root = document.querySelector("[data-flux]");
const kind = root?.dataset.flux;

if (kind === "dedans" || kind === "saisie") listen();
if (kind === "porte") setInterval(look, 3000);

function listen() {
  const stream = new EventSource("/mediateur/flux");
  stream.addEventListener("change", () => {
    if (kind === "dedans") refresh();
  });
  stream.addEventListener("ferme", () => {
    stream.close();
    location.replace("/mediateur");
  });
}

function page(path, then) {
  const request = new XMLHttpRequest();
  request.responseType = "document";
  request.open("GET", path);
  request.addEventListener("load", () => then(request));
  request.send();
}

function refresh() {
  page(location.pathname, ({ response, responseURL }) => {
    if (!response || new URL(responseURL).pathname !== location.pathname) {
      location.reload();
      return;
    }
    for (const part of document.querySelectorAll("[data-live]")) {
      const fresh = response.getElementById(part.id);
      if (!fresh) continue;
      if (part.getAttribute("role") === "status") {
        if (part.textContent !== fresh.textContent) part.textContent = fresh.textContent;
      } else if (!part.contains(document.activeElement)) {
        part.replaceWith(document.adoptNode(fresh));
      }
    }
  });
}

// A card shown to the reader opens the door without a touch.
function look() {
  if (document.activeElement?.value) return;
  page("/mediateur", ({ response }) => {
    if (response && response.querySelector("[data-flux]")?.dataset.flux !== "porte") location.reload();
    const said = response?.querySelector(".med-problem")?.textContent;
    if (said && said !== root.querySelector(".med-problem")?.textContent) location.reload();
  });
}
