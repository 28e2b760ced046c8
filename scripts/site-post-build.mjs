#!/usr/bin/env node
// Completes the site after Trunk has built the WebAssembly: names the module after its content, bundles the style sheet,
// copies the static files, writes the manifest, and compresses everything ahead of time.
//
// As Trunk's hook it works in Trunk's staging folder; run alone, on the finished site (only the style sheet and the static
// files can have changed then). The server reads `manifest.json` at its start to learn the hashed names.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import zlib from "node:zlib";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const pkg = process.env.TRUNK_STAGING_DIR ?? path.join(root, "target/site/pkg");
const quick = process.env.TRUNK_PROFILE === "debug";

/** The first 16 hexadecimal digits of the SHA-256 of all parts. */
function contentHash(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex").slice(0, 16);
}

/** The only file of the folder whose name matches, or nothing. */
function theOne(pattern) {
  const found = fs.readdirSync(pkg).filter((name) => pattern.test(name));
  if (found.length > 1) throw new Error(`several files match ${pattern}: ${found.join(", ")}`);
  return found[0];
}

/**
 * Renames the module and its loader after their final content. Trunk takes its hash before wasm-opt runs, so that other
 * optimiser settings would change the bytes under a name that caches keep for ever.
 */
function nameModule() {
  const js = theOne(/^wami-.*\.js$/);
  const wasm = theOne(/^wami-.*_bg\.wasm$/);
  if (!js || !wasm) throw new Error(`no module in ${pkg}: was Trunk run?`);
  if (!process.env.TRUNK_STAGING_DIR) return { js, wasm };

  const stem = path.basename(js, ".js");
  const loader = fs.readFileSync(path.join(pkg, js), "utf8");
  const bytes = fs.readFileSync(path.join(pkg, wasm));
  const named = `wami-${contentHash(loader.replaceAll(stem, "wami"), bytes)}`;
  fs.rmSync(path.join(pkg, js));
  fs.writeFileSync(path.join(pkg, `${named}.js`), loader.replaceAll(stem, named));
  fs.renameSync(path.join(pkg, wasm), path.join(pkg, `${named}_bg.wasm`));
  return { js: `${named}.js`, wasm: `${named}_bg.wasm` };
}

/** Writes `content` as `stem-<hash>extension`, in place of any earlier one, and gives that name. */
function writeHashed(stem, extension, content) {
  for (const name of fs.readdirSync(pkg)) {
    if (name.startsWith(`${stem}-`) && name.includes(extension)) fs.rmSync(path.join(pkg, name));
  }
  const name = `${stem}-${contentHash(content)}${extension}`;
  fs.writeFileSync(path.join(pkg, name), content);
  return name;
}

/** Bundles `style/main.css` with all it imports into one minified file. Named media queries are only resolved when
 *  there are targets, so both options belong together. */
function bundleStyle() {
  const entry = path.join(root, "style/main.css");
  const options = ["--bundle", "--minify", "--custom-media", "--targets", "chrome 111, firefox 115, safari 16.4"];
  const css = execFileSync("lightningcss", [...options, entry], { stdio: ["ignore", "pipe", "inherit"] });
  if (/@media[^{]*\(--/.test(css)) throw new Error("a named media query of style/tokens.css was left unresolved");
  return writeHashed("main", ".css", css);
}

/** All files below a folder. */
function filesBelow(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(full) : [full];
  });
}

/** Copies `public/`; only the script that loads the module gets a hashed name, which is given. */
function copyPublic() {
  const folder = path.join(root, "public");
  const boot = path.join(folder, "boot.js");
  for (const file of filesBelow(folder).filter((file) => file !== boot)) {
    const to = path.join(pkg, path.relative(folder, file));
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.copyFileSync(file, to);
  }
  return writeHashed("boot", ".js", fs.readFileSync(boot));
}

/** Writes `file.br` and `file.gz`, except where the file shrinks by neither. */
async function compress(file) {
  const bytes = fs.readFileSync(file);
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = zlib.constants;
  const brotli = { params: { [BROTLI_PARAM_QUALITY]: quick ? 5 : 11, [BROTLI_PARAM_SIZE_HINT]: bytes.length } };
  const [br, gz] = await Promise.all([
    promisify(zlib.brotliCompress)(bytes, brotli),
    promisify(zlib.gzip)(bytes, { level: quick ? 6 : 9 }),
  ]);
  for (const [suffix, packed] of [[".br", br], [".gz", gz]]) {
    if (packed.length < bytes.length) fs.writeFileSync(file + suffix, packed);
    else fs.rmSync(file + suffix, { force: true });
  }
  return { name: path.basename(file), raw: bytes.length, br: br.length };
}

const manifest = { ...nameModule(), css: bundleStyle(), boot: copyPublic() };
fs.rmSync(path.join(pkg, "index.html"), { force: true });
fs.writeFileSync(path.join(pkg, "manifest.json"), JSON.stringify(manifest));

const served = filesBelow(pkg).filter((file) => !/\.(br|gz)$/.test(file));
const sizes = await Promise.all(served.map(compress));
for (const { name, raw, br } of sizes.filter(({ name }) => Object.values(manifest).includes(name))) {
  console.log(`  ${name}  ${(raw / 1024).toFixed(1)} KB, ${(br / 1024).toFixed(1)} KB with brotli`);
}
