// Fails when what a browser loads before the first page is shown grows beyond the limit: gzipped JavaScript of the
// entry and of everything it imports statically.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_KB = 350;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const files = new Set();

function add(key) {
  const chunk = manifest[key];
  if (!chunk || files.has(chunk.file)) return;
  if (chunk.file.endsWith(".js")) files.add(chunk.file);
  (chunk.imports ?? []).forEach(add);
}
Object.keys(manifest)
  .filter((key) => manifest[key].isEntry)
  .forEach(add);

let total = 0;
for (const file of files) {
  const size = gzipSync(readFileSync(new URL(file, dist))).length / 1000;
  total += size;
  console.log(`${size.toFixed(1).padStart(8)} kB  ${file}`);
}
console.log(`${total.toFixed(1).padStart(8)} kB  initial JavaScript, gzipped (limit ${LIMIT_KB} kB)`);
process.exit(files.size > 0 && total <= LIMIT_KB ? 0 : 1);
