// How pages look in light and dark, on a desk and on a phone: as numbers, and as pictures where those are asked for.

import { pathToFileURL } from "node:url";
import { answer, asked, open, withBrowser } from "./browser.mjs";

// What one would complain of: a page wider than the screen, letters too small or too faint to read. A phone makes its
// window as wide as the page, so that the screen's width has to be given.
const measure = (width) => {
  const channels = (text) => text.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
  const light = (text) => {
    const [r, g, b] = channels(text).map((it) => it / 255).map((it) => (it <= 0.04 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let it = element; it; it = it.parentElement) {
      const text = getComputedStyle(it).backgroundColor;
      if (channels(text)[3] !== 0) return text;
    }
    return "rgb(255, 255, 255)";
  };
  let smallest = { size: Infinity }, faintest = { contrast: Infinity };
  for (const element of document.querySelectorAll("body *")) {
    const text = [...element.childNodes].filter((it) => it.nodeType === Node.TEXT_NODE).map((it) => it.data).join("").trim();
    if (!text || !element.checkVisibility() || element.closest("script, style")) continue;
    const style = getComputedStyle(element), drawn = element.closest("svg");
    const size = parseFloat(style.fontSize) * (drawn ? element.getScreenCTM().a : 1);
    if (size < smallest.size) smallest = { size, text };
    // Of a drawing, what is behind a text is a rectangle before it.
    const rectangle = drawn && (element.parentElement.querySelector("rect") ?? drawn);
    const on = drawn ? getComputedStyle(rectangle)[rectangle === drawn ? "backgroundColor" : "fill"] : behind(element);
    const [a, b] = [light(drawn ? style.fill : style.color), light(on)].sort();
    const contrast = (b + 0.05) / (a + 0.05);
    if (contrast < faintest.contrast) faintest = { contrast, text };
  }
  const ground = behind(document.body);
  const too_wide = Math.max(document.scrollingElement.scrollWidth, innerWidth) - width;
  return { too_wide, smallest, faintest, light: light(ground) };
};

const { site, looks } = await asked();
await withBrowser(async (browser) => {
  const answers = [];
  for (const { page: name, screen, unfold, picture } of looks) {
    const { context, page, requests, complaints } = await open(browser, screen);
    await page.goto(new URL(name, pathToFileURL(`${site}/`)).href);
    if (unfold) await page.evaluate(() => document.querySelectorAll("details").forEach((it) => { it.open = true; }));
    if (picture) await page.screenshot({ path: picture });
    answers.push({ page: name, ...(await page.evaluate(measure, screen.viewport.width)), requests, complaints });
    await context.close();
  }
  answer(answers);
});
