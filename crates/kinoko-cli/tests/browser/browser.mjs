// Chromium, watched: what a page asks of a network, and what it complains of.

import { chromium } from "playwright-core";

const PATIENCE = 60_000;

// Nothing it does at its start, or by itself, is to leave this machine; nor is what a page asks for.
const QUIET = [
  "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--disable-gpu",
  "--disable-quic", "--disable-sync", "--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND",
];

// Runs an act with a browser, and closes it whatever comes of that.
export async function withBrowser(act) {
  const executablePath = process.env.KINOKO_CHROMIUM || "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: QUIET, timeout: PATIENCE });
  try {
    return await act(browser);
  } finally {
    await browser.close();
  }
}

// A page of its own, and what is seen of it: requests for what is no file beside it, and complaints.
export async function open(browser, options = {}) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE);
  const requests = [], complaints = [];
  context.on("request", (it) => {
    if (!it.url().startsWith("file:") && !it.url().startsWith("data:")) requests.push(it.url());
  });
  context.on("requestfailed", (it) => complaints.push(`not loaded: ${it.url()}`));
  context.on("console", (it) => {
    if (["error", "warning"].includes(it.type())) complaints.push(it.text());
  });
  context.on("weberror", (it) => complaints.push(String(it.error())));
  const page = await context.newPage();
  return { context, page, requests, complaints };
}

// What was asked of a script, as JSON on its standard input.
export async function asked() {
  const parts = [];
  for await (const part of process.stdin) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString("utf8"));
}

// Its answer. Libraries may print, so that it is the last line.
export function answer(value) {
  process.stdout.write(`\n${JSON.stringify(value)}\n`);
}
