// Reads pages aloud with the station's own voice, word by word. F2 starts and
// stops; once started it goes on from page to page, and says what Tab reaches,
// so that a lesson can be followed with closed eyes. The end of a session ends
// it too: the next person did not ask for it.
const home = document.getElementById("voix");
const sound = new Audio();
let turn = 0; // rises when another reading begins

if (home) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "F2") return;
    event.preventDefault();
    follow(!following());
  });
  for (const kind of ["focusin", "change"]) {
    document.addEventListener(kind, ({ target }) => following() && target !== document.body && read([label(target)]));
  }
  window.addEventListener("pagehide", stop);
  for (const button of document.querySelectorAll("[data-listen]")) offer(button);
  begin();
}

function begin() {
  if (following()) return read(page());
  if (sessionStorage.getItem("voix") === null) return;
  sessionStorage.removeItem("voix");
  if (document.body.dataset.page === "ended") read(page());
}

// following holds from one end of a session to the next.
function following() {
  return sessionStorage.getItem("voix") === document.body.dataset.time;
}

function follow(on) {
  if (!on) {
    sessionStorage.removeItem("voix");
    return stop();
  }
  sessionStorage.setItem("voix", document.body.dataset.time);
  return read(page());
}

function offer(button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    if (!sound.paused) return stop();
    const part = button.closest("section, article") ?? document.querySelector("main");
    return read(blocks(part.querySelector("[data-read]") ?? part), part);
  });
}

function stop() {
  turn++;
  sound.pause();
  CSS.highlights?.delete("voix");
  for (const audio of document.querySelectorAll("audio.recorded")) audio.pause();
}

// page is what there is to hear: the answer that has just come, or all of it.
function page() {
  const main = document.querySelector("main");
  const news = main.querySelector("[role=status], [role=alert]");
  return [...(news ? blocks(news) : []), ...blocks(main).filter(({ node }) => !news?.contains(node))];
}

function blocks(root) {
  const inner = "h1, h2, h3, p, li, dt, dd, th, td, legend, label, summary, figcaption, a.tile";
  const all = root.matches(inner) ? [root] : [...root.querySelectorAll(inner)];
  return all
    .filter((node) => node.checkVisibility() && !node.closest("dialog, [aria-hidden=true], template") && !all.some((other) => other !== node && node.contains(other)))
    .map((node) => ({ node, text: node.textContent, lang: node.closest("[lang]").lang }));
}

// label is what a control is called, what it is, and how it stands.
function label(node) {
  const name = node.getAttribute("aria-label") ?? node.labels?.[0]?.textContent ?? node.textContent ?? "";
  const kind = node.matches("a") ? "link" : node.matches("button, summary") ? "button" : node.matches("input, select, textarea") ? "field" : "";
  const state = node.matches("[type=radio], [type=checkbox]") ? (node.checked ? home.dataset.chosen : home.dataset.free) : (home.dataset[kind] ?? "");
  return { text: `${name.trim()}. ${state}`, lang: (node.labels?.[0] ?? node).closest("[lang]").lang };
}

async function read(parts, within) {
  stop();
  const mine = turn;
  const recorded = (within ?? document.querySelector("main")).querySelector("audio.recorded");
  if (recorded && parts.length > 1) return recorded.play().catch(() => {});
  const all = parts.flatMap((part) => [...sentences(part)]);
  for (const [i, one] of all.entries()) {
    if (mine !== turn) return;
    if (all[i + 1]) fetch(address("mots", all[i + 1])).catch(() => {}); // the station speaks ahead
    await say(one, mine).catch(() => {});
  }
  CSS.highlights?.delete("voix");
}

function* sentences({ text, lang, node }) {
  for (const { segment, index } of new Intl.Segmenter(lang, { granularity: "sentence" }).segment(text)) {
    const words = segment.trim();
    if (/[\p{L}\p{N}]/u.test(words)) yield { text: words.slice(0, 320), lang, node, from: index + segment.indexOf(words) };
  }
}

function address(what, { text, lang }) {
  return `/voix${what ? `/${what}` : ""}?${new URLSearchParams({ langue: lang, texte: text })}`;
}

async function say(one, mine) {
  const words = await (await fetch(address("mots", one))).json();
  if (mine !== turn) return;
  sound.src = address("", one);
  await sound.play();
  await new Promise((done) => {
    const show = () => {
      if (mine !== turn || sound.ended || sound.error) return done();
      const word = words?.findLast(({ at }) => at <= sound.currentTime * 1000);
      if (one.node && word) mark(one.node, one.from + word.start, one.from + word.end);
      return requestAnimationFrame(show);
    };
    show();
  });
}

// mark shows the word that is spoken, without touching the page.
function mark(node, start, end) {
  if (!CSS.highlights) return;
  const range = new Range();
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  let at = 0;
  for (let text = walker.nextNode(); text; at += text.length, text = walker.nextNode()) {
    if (at <= start && start < at + text.length) range.setStart(text, start - at);
    if (at < end && end <= at + text.length) {
      range.setEnd(text, end - at);
      CSS.highlights.set("voix", new Highlight(range));
      return;
    }
  }
}
