// Opens every page of a console with an organisation in it, at all widths and in both themes, checks how each looks, and
// keeps the pictures of the main ones. See scripts/screenshots.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";
import { faults } from "./faults.mjs";
import { MAIN, pages } from "./pages.mjs";
import { PERSON, seed } from "./seed.mjs";
import { styleFaults } from "./style.mjs";

const root = path.resolve(import.meta.dirname, "../..");
const HEIGHT = { 1280: 800, 375: 812, 320: 640 };
// As in playwright.config.ts.
const CHROMIUM = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((file) => fs.existsSync(file));
const MAX_TOTAL = 3 * 1024 * 1024;

const { values } = parseArgs({
  options: {
    out: { type: "string", default: path.join(root, "docs/screenshots") },
    all: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    address: { type: "string", default: "" },
  },
});

/** Starts a server with data of its own; `stop` ends it and removes them. */
async function startServer() {
  const child = spawn(process.execPath, [path.join(root, "end2end/start-server.mjs"), "screenshots"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const announced = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => resolve(line.split(" ")));
  });
  const first = await Promise.race([announced, ended]);
  if (!Array.isArray(first)) throw new Error("the server did not start");
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  return { address: first[2], setUpLink: first[3], stop };
}

/** One that somebody else started and filled, for looking again and again; not for the pictures that are kept. */
const running = (address) => ({ address, setUpLink: undefined, stop: async () => {} });

async function signIn(context, address, { name, password }) {
  const page = await context.newPage();
  await page.goto(`${address}/login`);
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(name);
  await page.locator("input[type=password]").fill(password);
  await page.locator("main button[type=submit]").click();
  await page.waitForURL((url) => !url.pathname.startsWith("/login"));
  await page.close();
}

async function visit(context, address, target, { width, theme, found, sizes }) {
  const page = await context.newPage();
  await page.goto(address + target.path);
  await page.waitForFunction(() => document.documentElement.hasAttribute("data-hydrated"));
  for (const fault of await page.evaluate(faults)) found.push(`${target.name} at ${width}, ${theme}: ${fault}`);
  const isMain = MAIN.includes(target.name) && width !== 320;
  if (isMain || values.all) {
    const file = path.join(values.out, `${target.name}-${theme}-${width}.png`);
    // Of a long page the part that one sees first.
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.min(Math.max(height, HEIGHT[width]), isMain ? 1000 : 2400) });
    const bytes = await page.screenshot({ path: file, animations: "disabled", caret: "hide" });
    sizes.push(bytes.length);
  }
  await page.close();
}

async function main() {
  fs.mkdirSync(values.out, { recursive: true });
  const found = styleFaults(path.join(root, "style"));
  const sizes = [];
  const server = values.address ? running(values.address) : await startServer();
  let browser;
  try {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--hide-scrollbars"] });
    const person = server.setUpLink ? await seed(server.address, server.setUpLink) : PERSON;
    let visited = 0;
    for (const theme of ["light", "dark"]) {
      const open = await browser.newContext({ colorScheme: theme, deviceScaleFactor: 1 });
      await signIn(open, server.address, person);
      const state = await open.storageState();
      await open.close();
      for (const width of [1280, 375, 320]) {
        if (width === 320 && theme === "dark") continue;
        const options = { colorScheme: theme, viewport: { width, height: HEIGHT[width] }, reducedMotion: "reduce" };
        const context = await browser.newContext({ ...options, storageState: state });
        const stranger = await browser.newContext(options);
        for (const target of await pages(context, server.address, person.uploads)) {
          // A theme changes colours, which come from tokens, and no lengths: one is enough to check the others' layout.
          if (theme === "dark" && !values.all && !MAIN.includes(target.name)) continue;
          if (values.only && !target.name.startsWith(values.only)) continue;
          await visit(target.isOpen ? stranger : context, server.address, target, { width, theme, found, sizes });
          visited += 1;
        }
        await context.close();
        await stranger.close();
      }
    }
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (!values.all && total > MAX_TOTAL) found.push(`the pictures are ${(total / 1024 / 1024).toFixed(1)} MB together`);
    console.log(`${visited} views of pages, ${sizes.length} pictures, ${Math.round(total / 1024)} KB, ${found.length} faults`);
  } finally {
    await browser?.close();
    await server.stop();
  }
  for (const fault of found) console.error(`  ${fault}`);
  if (found.length > 0) process.exitCode = 1;
}

await main();
