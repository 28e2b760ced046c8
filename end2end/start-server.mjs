#!/usr/bin/env node
// Starts the debug build of the console for one test project, on a free port with data of its own, and prints
//   server NAME ADDRESS SET-UP-LINK
// once it answers that it is ready. Stops the server and removes the data when told to stop.
//   node start-server.mjs NAME
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const READY_WITHIN_MS = 60_000;

const name = process.argv[2] ?? "alone";
const root = path.resolve(import.meta.dirname, "..");
const binary = process.env.WAMI_E2E_BINARY ?? path.join(root, "target/debug/wami-console");
const data = fs.mkdtempSync(path.join(os.tmpdir(), `wami-e2e-${name}-`));
// The private database runs as an unprivileged user when the tests run as root, and must be able to enter.
fs.chmodSync(data, 0o755);
const logFile = path.join(root, "target/test-results", `server-${name}.log`);
fs.mkdirSync(path.dirname(logFile), { recursive: true });
const log = fs.createWriteStream(logFile);

const environment = { ...process.env, WAMI_DATA_DIR: data, WAMI_SITE_DIR: path.join(root, "target/site"), WAMI_LISTEN: "127.0.0.1:0" };
// Whatever the shell of the person has set must not change what is tested.
for (const key of Object.keys(environment)) {
  if (/^(WAMI_|DATABASE_URL$|REDIS_URL$)/.test(key) && !/^WAMI_(DATA_DIR|SITE_DIR|LISTEN)$/.test(key)) delete environment[key];
}
const server = spawn(binary, ["serve", "--dev"], { env: environment, stdio: ["ignore", "pipe", "pipe"] });

let isStopping = false;
let isAnnounced = false;
function stop() {
  if (isStopping) return;
  isStopping = true;
  server.kill("SIGTERM");
}
process.on("SIGTERM", stop);
process.on("SIGINT", stop);

function fail(message) {
  console.error(`start-server: ${message}; its output is in ${path.relative(root, logFile)}`);
  process.exitCode = 1;
  stop();
}

server.on("error", (error) => fail(`${path.relative(root, binary)} does not start (${error.message}): build it first, as make e2e does`));
server.on("close", (code, signal) => {
  if (!isStopping) fail(`the server ended by itself (${signal ?? code})`);
  log.end();
  fs.rmSync(data, { recursive: true, force: true });
  process.exit();
});
server.stderr.pipe(log, { end: false });

// The server says where it listens, and then the set-up link, before anyone can have used it.
let address;
let setUpLink;
createInterface({ input: server.stdout }).on("line", (line) => {
  log.write(`${line}\n`);
  address ??= line.match(/ready at (http:\/\/[^\s/]+)/)?.[1];
  setUpLink ??= line.match(/http:\/\/\S+\/setup\/\S+/)?.[0];
  if (address && setUpLink && !isAnnounced) {
    isAnnounced = true;
    announce();
  }
});

async function announce() {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!isStopping) {
    const answer = await fetch(`${address}/readyz`).catch(() => undefined);
    if (answer?.ok) {
      console.log(`server ${name} ${address} ${setUpLink}`);
      return;
    }
    if (Date.now() > deadline) return fail("the server did not become ready");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
