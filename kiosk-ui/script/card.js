// Goes to the card as soon as it was shown to the reader.
const form = document.querySelector("form[data-cards]");
document.addEventListener("etat", ({ detail }) => {
  if (detail.cards > Number(form.dataset.cards)) location.assign("/carte");
});
