// Finding something by the search of a site, with a pointer and with keys, at a screen of some size: where one arrives.

import { pathToFileURL } from "node:url";
import { answer, asked, open, withBrowser } from "./browser.mjs";

// What is at the anchor, and whether one sees it: below what stays at the top, and within the window.
const arrived = () => {
  const there = document.querySelector(":target");
  const { top } = there?.getBoundingClientRect() ?? { top: -1 };
  const header = document.querySelector("header").getBoundingClientRect();
  const hidden = getComputedStyle(document.querySelector("header")).position === "sticky" ? header.bottom : 0;
  return { anchor: there?.id, title: there?.querySelector("h3")?.innerText, seen: top >= hidden && top < innerHeight };
};

const { site, words, screen } = await asked();
const index = pathToFileURL(`${site}/index.html`).href;
await withBrowser(async (browser) => {
  const { page, requests, complaints } = await open(browser, screen);
  const found = page.locator("#found a");

  await page.goto(index);
  await page.locator("#search").click();
  await page.keyboard.type(words);
  const first = await found.first().innerText();
  await found.first().click();
  await page.waitForURL(/#/);
  const pointer = await page.evaluate(arrived);

  await page.goto(index);
  await page.keyboard.press("/");
  await page.keyboard.type(words);
  await found.first().waitFor();
  await page.keyboard.press("ArrowDown");
  const chosen = await page.locator("#found .chosen").count();
  await page.keyboard.press("Enter");
  await page.waitForURL(/#/);
  const keys = await page.evaluate(arrived);

  await page.keyboard.press("/");
  await page.keyboard.type("no such thing");
  const none = await page.locator("#found").innerText();
  await page.keyboard.press("Escape");
  const closed = await page.locator("#found").isHidden();
  answer({ first, pointer, keys, chosen, none, closed, requests, complaints });
});
