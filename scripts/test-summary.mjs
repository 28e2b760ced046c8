#!/usr/bin/env node
// Reads what the three runners left in the folder given, prints their totals, and fails unless every test of each ran and
// passed at its first try.
import fs from "node:fs";
import path from "node:path";

const folder = process.argv[2];
const read = (name) => {
  try {
    return fs.readFileSync(path.join(folder, name), "utf8");
  } catch {
    return "";
  }
};
const count = (text, pattern) => [...text.matchAll(pattern)].reduce((sum, match) => sum + Number(match[1]), 0);

/** nextest's closing line, as in `Summary [ 1.2s] 10 tests run: 9 passed (1 flaky), 1 failed, 2 skipped`. */
function nextest() {
  const line = read("nextest.log").split("\n").findLast((line) => /^\s*Summary \[/.test(line)) ?? "";
  return {
    line: line.trim(),
    passed: count(line, /(\d+) passed/g),
    failed: count(line, /(\d+) (?:failed|timed out|exec failed)/g),
    skipped: count(line, /(\d+) (?:skipped|flaky)/g),
  };
}

/** rustdoc's closing lines, one a binary: `test result: ok. 3 passed; 0 failed; 1 ignored; …`. */
function documentation() {
  const lines = read("doc.log").split("\n").filter((line) => line.startsWith("test result:"));
  const text = lines.join("\n");
  return {
    line: lines.at(-1) ?? "",
    passed: count(text, /(\d+) passed/g),
    failed: count(text, /(\d+) failed/g),
    skipped: count(text, /(\d+) ignored/g),
  };
}

function browser() {
  const text = read("browser.json");
  if (!text) return { line: "", passed: 0, failed: 0, skipped: 0 };
  const { stats, errors } = JSON.parse(text);
  const total = { passed: stats.expected, failed: stats.unexpected + errors.length, skipped: stats.skipped + stats.flaky };
  const seconds = (stats.duration / 1000).toFixed(1);
  return { line: `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped (${seconds}s)`, ...total };
}

// A documentation example may be absent; the other two kinds never are.
const runs = { nextest: nextest(), documentation: documentation(), browser: browser() };
let good = true;
console.log();
for (const [name, run] of Object.entries(runs)) {
  const ended = run.line !== "";
  const complete = ended && run.failed === 0 && run.skipped === 0 && (run.passed > 0 || name === "documentation");
  good &&= complete;
  console.log(`${name}: ${ended ? run.line : "did not come to an end"}${complete ? "" : "  <-- not complete"}`);
}
const sum = (key) => Object.values(runs).reduce((total, run) => total + run[key], 0);
console.log(`total: ${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped`);
process.exit(good ? 0 : 1);
