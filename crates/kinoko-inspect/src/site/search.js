// Finds services, methods and events by any words of their names, in the index that is a file beside this one. And has
// lists and maps that do not fit show what the page is about.
"use strict";
(() => {
  const input = document.getElementById("search"), found = document.getElementById("found");
  const root = document.body.dataset.root, index = window.kinokoIndex || [];
  let chosen = -1;

  const score = (words, [text, , , about]) => {
    const name = text.toLowerCase(), all = name + " " + about.toLowerCase();
    if (!words.every((word) => all.includes(word))) return -1;
    return words.reduce((sum, word) => sum + (name.includes(word) ? 10 - Math.min(9, name.indexOf(word) / 4) : 1), 0);
  };

  const show = () => {
    const words = input.value.toLowerCase().split(/[\s.]+/).filter(Boolean);
    found.replaceChildren();
    chosen = -1;
    found.hidden = words.length === 0;
    if (found.hidden) return;
    const hits = index.map((it) => [score(words, it), it]).filter(([it]) => it >= 0).sort((a, b) => b[0] - a[0]).slice(0, 12);
    for (const [, [text, kind, page, about]] of hits) {
      const item = document.createElement("li"), link = document.createElement("a");
      const what = document.createElement("span"), small = document.createElement("small");
      link.href = root + page;
      what.className = "kind";
      what.textContent = kind;
      small.textContent = about;
      link.append(what, text, small);
      item.append(link);
      found.append(item);
    }
    if (hits.length === 0) {
      const none = document.createElement("li");
      none.className = "none";
      none.textContent = "nothing of that name";
      found.append(none);
    }
  };

  const choose = (step) => {
    const items = [...found.querySelectorAll("a")];
    if (items.length === 0) return;
    items[chosen]?.parentElement.classList.remove("chosen");
    chosen = (chosen + step + items.length) % items.length;
    items[chosen].parentElement.classList.add("chosen");
    items[chosen].scrollIntoView({ block: "nearest" });
  };

  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") choose(1);
    else if (event.key === "ArrowUp") choose(-1);
    else if (event.key === "Enter") (found.querySelectorAll("a")[Math.max(chosen, 0)])?.click();
    else if (event.key === "Escape") { input.value = ""; show(); }
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== input) { event.preventDefault(); input.focus(); }
  });
  document.addEventListener("click", (event) => { if (!event.target.closest(".search")) found.hidden = true; });

  const bring = (frame, part) => {
    if (!frame || !part) return;
    const outer = frame.getBoundingClientRect(), inner = part.getBoundingClientRect();
    frame.scrollBy(inner.x + inner.width / 2 - outer.x - outer.width / 2, inner.y + inner.height / 2 - outer.y - outer.height / 2);
  };
  bring(document.querySelector("nav ul"), document.querySelector("nav .here"));
  bring(document.querySelector(".map div"), document.querySelector(".map svg > .service:not(.unknown)"));
})();
