// The first page of a browser tells the station, once, that it is on the screen.
if (history.length === 1) {
  new PerformanceObserver((list, observer) => {
    if (!list.getEntriesByName("first-contentful-paint").length) return;
    observer.disconnect();
    fetch("/dessin", { cache: "no-store" }).catch(() => {});
  }).observe({ type: "paint", buffered: true });
}
