// Reads a page aloud with a voice of this machine, when there is one. Nothing
// is sent anywhere: a voice that needs a network is not used.
const synth = window.speechSynthesis;

if (synth) {
  offer();
  synth.addEventListener("voiceschanged", offer);
  window.addEventListener("pagehide", () => synth.cancel());
}

function voiceFor(lang) {
  return synth.getVoices().find((v) => v.localService && v.lang.toLowerCase().startsWith(lang));
}

function offer() {
  for (const button of document.querySelectorAll("[data-listen]")) {
    const text = button.closest("section, article")?.querySelector("[data-read]") ?? button.closest("section, article");
    const lang = text?.closest("[lang]").lang;
    if (!lang || !voiceFor(lang) || !button.hidden) continue;
    button.hidden = false;
    button.addEventListener("click", () => toggle(text, lang));
  }
}

function toggle(text, lang) {
  if (synth.speaking) {
    synth.cancel();
    return;
  }
  for (const part of text.querySelectorAll("h1, h2, h3, p, li, dt, dd, td, th")) {
    const words = new SpeechSynthesisUtterance(part.innerText);
    words.voice = voiceFor(lang);
    words.lang = lang;
    words.rate = 0.9;
    synth.speak(words);
  }
}
