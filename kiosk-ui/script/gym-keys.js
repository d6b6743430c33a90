// Keys on the screen, for whoever has no keyboard at hand: the letters of the
// model, a space and a way back.
const board = document.querySelector("[data-keys]");
const field = document.getElementById("texte");

const letters = new Set([...board.dataset.keys].filter((letter) => letter !== " "));
for (const letter of [...letters].sort()) add(letter, letter);
if (board.dataset.keys.includes(" ")) add(board.dataset.space, " ");
add(board.dataset.erase, "");
board.hidden = false;

function add(name, letter) {
  const key = document.createElement("button");
  key.type = "button";
  key.className = "plain";
  key.textContent = name;
  key.addEventListener("click", () => {
    field.value = letter ? field.value + letter : field.value.slice(0, -1);
  });
  board.append(key);
}
