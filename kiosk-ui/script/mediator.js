// Keeps an open page of mediator mode up to date: it fetches the page again
// when the station says that something changed, and puts the parts marked
// data-live in place. What is being typed is never touched.
const root = document.querySelector("[data-flux]");
const kind = root?.dataset.flux;

let typed = 0; // when the station last heard of it

if (kind === "dedans" || kind === "saisie") listen();
if (kind === "porte") setInterval(look, 3000);
document.addEventListener("input", write);
for (const form of document.querySelectorAll("form[data-keep]")) keep(form);

// Writing is using mediator mode: it stays open.
function write() {
  if (kind === "porte" || Date.now() - typed < 60000) return;
  typed = Date.now();
  fetch("/mediateur", { method: "HEAD" }).catch(() => {});
}

// What is typed is kept by the station a moment later, and shown to nobody.
function keep(form) {
  let timer;
  const send = () => {
    timer = clearTimeout(timer);
    const body = new URLSearchParams(new FormData(form));
    body.set("geste", "brouillon");
    fetch(form.action, { method: "POST", body, keepalive: String(body).length < 60000 })
      .then((answer) => (form.querySelector("[data-kept]").hidden = !answer.ok))
      .catch(() => {});
  };
  form.addEventListener("input", () => (timer ??= setTimeout(send, 2000)));
  form.addEventListener("submit", () => (timer = clearTimeout(timer)));
  window.addEventListener("pagehide", () => timer && send());
}

function listen() {
  const stream = new EventSource("/mediateur/flux");
  // Where the person is going must not be overtaken by the stream.
  document.addEventListener("submit", () => stream.close());
  stream.addEventListener("change", () => {
    if (kind === "dedans") refresh();
  });
  stream.addEventListener("ferme", () => {
    stream.close();
    if (!typed) location.replace("/mediateur"); // sending asks for the code
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
