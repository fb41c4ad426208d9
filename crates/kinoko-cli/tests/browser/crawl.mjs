// Every page of a site that links lead to, from its disk: which links lead nowhere, what was asked of a network.

import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { answer, asked, open, withBrowser } from "./browser.mjs";

// Of a page: its links, from those of the map to the icon, and its anchors.
const read = () => ({
  links: [...document.querySelectorAll("[href], [src]")].map((it) => it.getAttribute("href") ?? it.getAttribute("src")),
  anchors: [...document.querySelectorAll("[id]")].map((it) => it.id),
});

const { site } = await asked();
const top = pathToFileURL(`${site}/`).href;
await withBrowser(async (browser) => {
  const { page, requests, complaints } = await open(browser);
  const pages = new Map(), broken = [];
  const waiting = [new URL("index.html", top).href];
  while (waiting.length > 0) {
    const url = waiting.pop();
    if (pages.has(url)) continue;
    await page.goto(url);
    const found = await page.evaluate(read);
    pages.set(url, found);
    const repeated = found.anchors.filter((it, at) => found.anchors.indexOf(it) !== at);
    broken.push(...repeated.map((it) => `${url}: the anchor ${it} is there twice`));
    for (const link of found.links.filter((it) => !it.startsWith("data:"))) {
      const to = new URL(link, url);
      to.hash = "";
      const inside = to.href.startsWith(top);
      if (!inside || !existsSync(fileURLToPath(to))) broken.push(`${url}: ${link}`);
      else if (to.pathname.endsWith(".html")) waiting.push(to.href);
    }
  }
  let links = 0;
  for (const [url, found] of pages) {
    for (const link of found.links) {
      const to = new URL(link, url), anchor = decodeURIComponent(to.hash.slice(1));
      to.hash = "";
      links += 1;
      if (anchor && !pages.get(to.href)?.anchors.includes(anchor)) broken.push(`${url}: ${link}`);
    }
  }
  answer({ pages: [...pages.keys()].map((it) => it.slice(top.length)), links, broken, requests, complaints });
});
