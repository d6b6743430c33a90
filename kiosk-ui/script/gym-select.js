// Marking a piece of a text, by dragging, by two presses, or with Shift and the
// arrows. Spaces and signs around it are forgiven.
const text = document.getElementById("phrase");
const right = document.querySelector("[data-right]");
const form = document.getElementById("terrain");
const bare = (words) => words.replace(/^[\s.,]+|[\s.,]+$/gu, "");
const marked = () => bare(text.value.slice(text.selectionStart, text.selectionEnd));

function look(missed) {
  const words = marked();
  if (words && words === bare(text.dataset.want)) form.dispatchEvent(new CustomEvent("gym-done", { detail: right }));
  else if (words && missed) form.dispatchEvent(new CustomEvent(missed, { detail: "marked" }));
}

// The text stays as it is; a read-only field would not let the arrows in.
text.addEventListener("beforeinput", (event) => event.preventDefault());

// The second of two presses marks a word: the first must not count as a miss.
text.addEventListener("pointerup", () => setTimeout(look, 0, "gym-miss"));
text.addEventListener("keyup", (event) => {
  if (event.key === "Shift") look("gym-say");
  else if (!event.shiftKey) look();
});
