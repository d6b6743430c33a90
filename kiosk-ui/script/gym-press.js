// Reaching, pressing once and pressing twice, with room for a hand that
// trembles: close to the target counts, and two presses may be seconds apart.
// The keyboard and a switch send the form by one press, as without scripts.
const box = document.querySelector("[data-press]");
const form = document.getElementById("terrain");

if (box) {
  const wait = Number(box.dataset.wait);
  const near = Number(box.dataset.near);
  const targets = [...box.querySelectorAll("button")];
  let down;
  let first;
  let timer;

  const tell = (kind, detail) => form.dispatchEvent(new CustomEvent(kind, { detail }));

  function reached(x, y) {
    return targets.find((target) => {
      const r = target.getBoundingClientRect();
      return Math.hypot(Math.max(r.left - x, 0, x - r.right), Math.max(r.top - y, 0, y - r.bottom)) <= near;
    });
  }

  function twice(target) {
    if (first === target) {
      tell("gym-done", target);
      return;
    }
    first?.classList.remove("warm");
    first = target;
    target.classList.add("warm");
    clearTimeout(timer);
    timer = setTimeout(() => {
      target.classList.remove("warm");
      first = undefined;
      tell("gym-miss", "again");
    }, wait);
  }

  box.addEventListener("pointerdown", (event) => {
    down = reached(event.clientX, event.clientY);
  });
  box.addEventListener("click", (event) => {
    if (event.detail === 0) return;
    event.preventDefault();
    const target = reached(event.clientX, event.clientY) ?? down;
    if (!target) {
      if (near) tell("gym-miss", "near");
    } else if (box.dataset.press === "double") twice(target);
    else tell("gym-done", target);
  });

  if (box.dataset.press === "hover") stay();

  // Leaving for a moment does not start again from nothing.
  function stay() {
    let leaving;
    box.addEventListener("pointermove", ({ clientX, clientY }) => {
      const target = reached(clientX, clientY);
      if (!target) {
        leaving ??= setTimeout(leave, 300);
        return;
      }
      clearTimeout(leaving);
      leaving = undefined;
      if (timer) return;
      target.classList.add("warm");
      timer = setTimeout(() => tell("gym-done", target), wait);
    });
    const leave = () => {
      clearTimeout(timer);
      timer = undefined;
      targets[0].classList.remove("warm");
    };
    box.addEventListener("pointerleave", () => {
      leaving ??= setTimeout(leave, 300);
    });
  }
}
