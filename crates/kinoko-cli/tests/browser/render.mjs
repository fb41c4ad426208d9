// Documents in a browser, by Swagger UI and by AsyncAPI's component: for each, what it was to show and did not.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { answer, asked, open, withBrowser } from "./browser.mjs";

const require = createRequire(import.meta.url);
const SWAGGER = dirname(require.resolve("swagger-ui-dist/package.json"));
const ASYNCAPI = dirname(require.resolve("@asyncapi/react-component/package.json"));

const RENDERERS = {
  openapi: {
    style: join(SWAGGER, "swagger-ui.css"),
    script: join(SWAGGER, "swagger-ui-bundle.js"),
    render: (text) => void SwaggerUIBundle({ spec: JSON.parse(text), dom_id: "#here", validatorUrl: null }),
  },
  asyncapi: {
    style: join(ASYNCAPI, "styles/default.min.css"),
    script: join(ASYNCAPI, "browser/standalone/index.js"),
    render: (text) => void AsyncApiStandalone.render({ schema: text, config: {} }, document.getElementById("here")),
  },
};

// Which of some texts are not on the page. Swagger UI has spaces of no width in its paths.
const missing = (texts) => {
  const shown = document.getElementById("here").innerText.replaceAll("\u200b", "");
  return texts.filter((it) => !shown.includes(it));
};

// A new place for the next document, so that nothing of the one before is there.
const clear = () => {
  const here = document.createElement("div");
  here.id = "here";
  document.body.replaceChildren(here);
};

// A page that has the renderer.
async function prepared(browser, kind) {
  const { page, requests, complaints } = await open(browser);
  await page.goto(new URL("empty.html", import.meta.url).href);
  await page.addStyleTag({ path: RENDERERS[kind].style });
  await page.addScriptTag({ path: RENDERERS[kind].script });
  return { page, requests, complaints };
}

await withBrowser(async (browser) => {
  const pages = {}, answers = [];
  for (const { kind, path, texts, patience } of await asked()) {
    const { page, requests, complaints } = (pages[kind] ??= await prepared(browser, kind));
    await page.evaluate(clear);
    await page.evaluate(RENDERERS[kind].render, await readFile(path, "utf8"));
    const all = `(${missing})(${JSON.stringify(texts)}).length === 0`;
    // What is not there in the end is told by its name.
    await page.waitForFunction(all, undefined, { timeout: patience }).catch(() => {});
    const found = { missing: await page.evaluate(missing, texts), requests: requests.splice(0), complaints: complaints.splice(0) };
    answers.push({ path, ...found });
  }
  answer(answers);
});
