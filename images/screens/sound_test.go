package screens_test

// unsoundOf lists what a page has that the grid of kiosk-ui/rgaa.json says it
// has not, by criterion.
const unsoundOf = `(() => {
  const wrong = [], none = (criterion, selector) => document.querySelectorAll(selector).forEach(e => wrong.push(criterion + ": " + e.outerHTML.slice(0, 160)));
  none("1.9", "figcaption:not(figure > figcaption)");
  none("2.1", "iframe:not([title]), iframe[title='']");
  none("5.1", "[colspan], [rowspan]");
  none("8.9", "br + br, p:empty:not([role], [id])");
  none("10.1", "[style], [align], [bgcolor], font, center, big, tt, s, strike, blink, marquee, basefont");
  const parts = [...document.body.children].map(e => e.localName).filter(n => ["header", "main", "footer"].includes(n)).join();
  if (parts !== "header,main,footer") wrong.push("12.2: " + parts);
  if (document.querySelectorAll("h1").length !== 1) wrong.push("9.2: headings of the first level: " + document.querySelectorAll("h1").length);
  if (document.getAnimations().length) wrong.push("13.8: something moves");
  const plain = () => document.body.innerText.toLowerCase().replace(/\s+/g, " ");
  const words = document.querySelector("main").innerText.toLowerCase().split("\n").map(l => l.replace(/\s+/g, " ").trim()).filter(Boolean);
  for (const sheet of document.styleSheets) sheet.disabled = true;
  const bare = plain();
  for (const sheet of document.styleSheets) sheet.disabled = false;
  for (const line of words) if (!line.split(" ").every(word => bare.includes(word))) wrong.push("10.2: without styles is lost: " + line);
  return wrong;
})()`

// sound fails for each criterion that the page breaks.
func (b *browser) sound() {
	b.t.Helper()
	for _, wrong := range ask[[]string](b, "read how the page is made", unsoundOf) {
		b.t.Errorf("%s breaks criterion %s", b.path(), wrong)
	}
}
