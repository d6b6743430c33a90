// Says that somebody is there, shows the idle warning in place, and leaves for
// the last page when the session ends elsewhere. Every page works without it.
const body = document.body;
const dialog = document.getElementById("encore-la");

if ("session" in body.dataset && dialog) {
  watch(dialog, document.getElementById("encore-la-reste"));
  presence(dialog.querySelector("input[name=jeton]").value);
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

function watch(dialog, rest) {
  let left = 0;
  let tick;
  const count = () => {
    rest.textContent = String(left);
    left = Math.max(0, left - 1);
  };
  const stream = new EventSource("/etat");
  // Leaving by the person's own choice must not be overtaken by the stream.
  document.addEventListener("submit", (event) => {
    if (["/session/fin", "/web/fermer"].includes(event.target.getAttribute("action"))) stream.close();
  });
  stream.addEventListener("etat", (event) => {
    const state = JSON.parse(event.data);
    document.dispatchEvent(new CustomEvent("etat", { detail: state }));
    clearInterval(tick);
    if (!state.session) {
      stream.close();
      location.replace(dialog.dataset.end);
      return;
    }
    if (!state.warning) {
      if (dialog.open) dialog.close();
      return;
    }
    left = state.left;
    count();
    tick = setInterval(count, 1000);
    if (!dialog.open) dialog.showModal();
  });
  // The page stays where it is: answering must not lose what is being typed.
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    send("/session/prolonger", event.target.elements.jeton.value);
    dialog.close();
  });
  dialog.addEventListener("cancel", () => dialog.querySelector("form").requestSubmit());
}

function presence(token) {
  let last = 0;
  const seen = () => {
    if (dialog.open || Date.now() - last < 20000) return;
    last = Date.now();
    send("/session/presence", token);
  };
  for (const kind of ["keydown", "pointermove", "pointerdown", "scroll"]) {
    document.addEventListener(kind, seen, { passive: true });
  }
}

function send(path, token) {
  fetch(path, { method: "POST", body: new URLSearchParams({ jeton: token, vers: location.pathname }), redirect: "manual" }).catch(() => {});
}
