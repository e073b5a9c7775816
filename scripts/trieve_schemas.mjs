// Writes JSON Schemas of the types in Trieve's TypeScript SDK, so that tests can hold the adapter and its stub to them.
//
//   node scripts/trieve_schemas.mjs FOLDER OUT.json TYPE...
//
// FOLDER is where tests/agents/knowledge/trieve-contract/package.json was installed. OUT.json becomes an object of one
// self-contained schema per TYPE.

import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, out, ...types] = process.argv.slice(2);
if (types.length === 0) {
  console.error("usage: node trieve_schemas.mjs FOLDER OUT.json TYPE...");
  process.exit(2);
}

const installed = createRequire(join(resolve(folder), "package.json"));
const { createGenerator } = await import(pathToFileURL(installed.resolve("ts-json-schema-generator")).href);
const declarations = join(dirname(installed.resolve("trieve-ts-sdk")), "..", "types.gen.d.ts");

// The generator skips declaration files, so the types go through a copy with a plain name.
const scratch = mkdtempSync(join(tmpdir(), "trieve-types-"));
try {
  const path = join(scratch, "types.ts");
  copyFileSync(declarations, path);
  const generator = createGenerator({ path, type: "*", skipTypeCheck: true, additionalProperties: false });
  const schemas = Object.fromEntries(types.map((type) => [type, generator.createSchema(type)]));
  writeFileSync(out, JSON.stringify(schemas, null, 1));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
