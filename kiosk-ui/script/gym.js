// What every exercise shares. The others say "gym-miss" or "gym-done" on the
// form: a miss goes into the form, which sizes the next turn, and is answered
// by a kind word. Nothing else is kept, and nothing is timed.
const form = document.getElementById("terrain");
const word = document.getElementById("mot");
const began = performance.now();
let sent = false;

form.addEventListener("gym-say", ({ detail }) => {
  word.textContent = word.dataset[detail];
});

form.addEventListener("gym-miss", ({ detail }) => {
  const { rates } = form.elements;
  rates.value = String(Math.min(9, Number(rates.value) + 1));
  word.textContent = word.dataset[detail];
});

form.addEventListener("gym-done", ({ detail }) => {
  if (!sent) form.requestSubmit(detail);
});

form.addEventListener("submit", (event) => {
  if (sent) event.preventDefault();
  sent = true;
});

// A hand that trembles presses twice: the second press must not land on the
// turn that has just appeared. The keyboard has no such bounce.
form.addEventListener("click", (event) => {
  if (event.detail > 0 && event.timeStamp - began < 400) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, true);
addEventListener("pageshow", () => {
  sent = false;
});
