// Ctrl or, on a Mac, ⌘, held with a letter. The exercise takes the shortcuts
// it is about, so that no window of the browser comes in the way.
const text = document.getElementById("phrase");
const right = document.querySelector("[data-right]");
const form = document.getElementById("terrain");
const ours = "acfpsvxz";

document.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.repeat || key.length !== 1 || !ours.includes(key)) return;
  event.preventDefault();
  if (key === text.dataset.key) form.dispatchEvent(new CustomEvent("gym-done", { detail: right }));
  else form.dispatchEvent(new CustomEvent("gym-miss", { detail: "letter" }));
});
