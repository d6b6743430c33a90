// A page of a book stands in a frame where nothing of its own runs. Says which
// of its links lead to a network, and that somebody reading in the frame is
// there; the title above the frame follows. Without this, such a link shows an empty frame.
const frame = document.querySelector("iframe[data-away]");

function tell(event) {
  document.dispatchEvent(new Event(event.type));
}

function mark(link) {
  const said = link.ownerDocument.createElement("small");
  said.textContent = ` (${frame.dataset.away})`;
  link.removeAttribute("href");
  link.setAttribute("role", "link");
  link.setAttribute("aria-disabled", "true");
  link.append(said);
}

function leads(link) {
  try {
    return new URL(link.href).origin !== location.origin;
  } catch {
    return true;
  }
}

function ready() {
  const inside = frame.contentDocument;
  if (!inside || inside.URL === "about:blank") return;
  if (inside.title) document.querySelector(".lib-title").textContent = inside.title;
  for (const link of inside.querySelectorAll("a[href], area[href]")) {
    link.removeAttribute("target");
    if (leads(link)) mark(link);
  }
  for (const kind of ["keydown", "pointermove", "pointerdown", "scroll"]) {
    inside.addEventListener(kind, tell, { passive: true });
  }
}

if (frame) {
  frame.addEventListener("load", ready);
  if (frame.contentDocument?.readyState === "complete") ready();
}
