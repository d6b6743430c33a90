// Asks for a real double press where the exercise is about it. The keyboard
// and a browser without scripts go on with a single one.
for (const target of document.querySelectorAll("[data-double]")) {
  let ready = false;
  target.addEventListener("dblclick", () => {
    ready = true;
    target.form.requestSubmit(target);
  });
  target.form.addEventListener("submit", (event) => {
    if (!ready && event.submitter === target && target.dataset.by === "pointer") event.preventDefault();
  });
  target.addEventListener("pointerdown", () => {
    target.dataset.by = "pointer";
  });
  target.addEventListener("keydown", () => {
    target.dataset.by = "keyboard";
  });
}
