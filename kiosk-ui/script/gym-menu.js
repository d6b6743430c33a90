// The menu of a thing opens by the right button, as on any computer. The
// keyboard, a finger and a page without scripts open it by a press.
const menu = document.querySelector("[data-menu]");
const thing = menu.querySelector("summary");
const form = document.getElementById("terrain");

thing.addEventListener("contextmenu", (event) => {
  event.preventDefault();
  menu.open = true;
  menu.querySelector("button").focus();
});

thing.addEventListener("click", (event) => {
  if (event.detail === 0 || event.pointerType !== "mouse" || menu.open) return;
  event.preventDefault();
  form.dispatchEvent(new CustomEvent("gym-miss", { detail: "leftbutton" }));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  menu.open = false;
  thing.focus();
});
