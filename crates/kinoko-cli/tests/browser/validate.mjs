// What the validators of their makers say of documents: for each, its problems.

import { readFile } from "node:fs/promises";
import { Parser } from "@asyncapi/parser";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { Validator } from "@seriousme/openapi-schema-validator";
import { answer, asked } from "./browser.mjs";

// What the schema of OpenAPI cannot say. Matters of taste are not among them.
const RULES = [
  "struct", "no-unresolved-refs", "no-identical-paths", "no-ambiguous-paths", "path-declaration-must-exist",
  "path-parameters-defined", "operation-operationId-unique", "operation-operationId-url-safe", "operation-parameters-unique",
  "no-enum-type-mismatch", "no-schema-type-mismatch", "no-required-schema-properties-undefined",
  "no-invalid-schema-examples", "no-invalid-media-type-examples",
];

// By the parser of the AsyncAPI Initiative. Advice has a higher severity than errors and warnings.
const parser = new Parser();
async function asyncapi(text) {
  const { diagnostics } = await parser.parse(text);
  return diagnostics.filter((it) => it.severity <= 1).map((it) => `${it.path.join("/")}: ${it.message}`);
}

// By the schema of the OpenAPI Initiative, and by the rules of a linter.
const config = await createConfig({ rules: Object.fromEntries(RULES.map((it) => [it, "error"])) });
async function openapi(text, path) {
  const { valid, errors } = await new Validator().validate(JSON.parse(text));
  const found = await lintFromString({ source: text, absoluteRef: path, config });
  const said = found.map((it) => `${it.location[0]?.pointer}: ${it.message}`);
  return valid ? said : [`by the schema: ${JSON.stringify(errors)}`, ...said];
}

const answers = [];
for (const { kind, path } of await asked()) {
  const text = await readFile(path, "utf8");
  const check = { asyncapi, openapi }[kind];
  answers.push({ path, problems: await check(text, path) });
}
answer(answers);
