// Taking a thing to a place. Near the place is enough, and pressing the thing
// and then the place does the same: that is what the form is without scripts.
const form = document.getElementById("terrain");
const places = [...document.querySelectorAll(".dropzone")];
const around = 40;

const tell = (kind, detail) => form.dispatchEvent(new CustomEvent(kind, { detail }));

for (const thing of document.querySelectorAll("[data-thing]")) {
  const radio = thing.querySelector("input");
  let from;

  thing.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    from = event;
    thing.setPointerCapture(event.pointerId);
  });
  thing.addEventListener("pointermove", (event) => {
    if (!from) return;
    thing.classList.add("held");
    thing.style.transform = `translate(${event.clientX - from.clientX}px, ${event.clientY - from.clientY}px)`;
    for (const place of places) place.classList.toggle("over", place === under(event));
  });
  thing.addEventListener("pointerup", (event) => {
    const moved = from && Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) > 12;
    const place = under(event);
    release();
    if (!moved) return;
    radio.checked = true;
    if (place) tell("gym-done", place);
    else tell("gym-miss", "dropped");
  });
  thing.addEventListener("pointercancel", release);
  radio.addEventListener("change", () => tell("gym-say", "taken"));

  function release() {
    from = undefined;
    thing.style.transform = "";
    thing.classList.remove("held");
    for (const place of places) place.classList.remove("over");
  }
}

// The nearest place within reach of the pointer.
function under({ clientX: x, clientY: y }) {
  let best;
  let least = around;
  for (const place of places) {
    const r = place.getBoundingClientRect();
    const far = Math.hypot(Math.max(r.left - x, 0, x - r.right), Math.max(r.top - y, 0, y - r.bottom));
    if (far <= least) [best, least] = [place, far];
  }
  return best;
}
