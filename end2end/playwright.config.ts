import { existsSync } from "node:fs";

import { defineConfig, devices } from "@playwright/test";

import type { ProjectOptions } from "./fixtures.ts";

// Every test runs twice: with the islands hydrated, and with JavaScript off. Each project has a server and a database of
// its own, so that both can use the set-up link and neither sees what the other did.
const PROJECTS = ["hydrated", "no-script"] as const;

const browser =
  process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path));

// Chromium's own errands have no place in a test run; its sandbox cannot be set up by root.
const flags = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic", "--no-first-run"];
if (process.getuid?.() === 0) flags.push("--no-sandbox");

/** The name of the variable in which a project's server leaves its address or link, as Playwright captures them. */
const variable = (project: string, what: string) => `wami_${project.replace("-", "_")}_${what}`;
const captured = (project: string, what: string) => process.env[variable(project, what).toUpperCase()];

export default defineConfig<ProjectOptions>({
  testDir: "tests",
  outputDir: "test-results",
  forbidOnly: !!process.env.CI,
  // A test that passes on a second try hides a race: there is no second try.
  retries: 0,
  // Tests of one project share a server; each makes what it needs under names of its own.
  fullyParallel: false,
  workers: process.env.WAMI_E2E_WORKERS ? Number(process.env.WAMI_E2E_WORKERS) : 2,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_FILE ? [["list"], ["json"]] : [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "UTC",
    // Pictures on the way cost more time than the tests themselves; the snapshots of the pages tell as much.
    trace: { mode: "retain-on-failure", screenshots: false },
    screenshot: "only-on-failure",
    launchOptions: { executablePath: browser, args: flags },
  },
  projects: PROJECTS.flatMap((name) => {
    const use = {
      javaScriptEnabled: name === "hydrated",
      baseURL: captured(name, "url"),
      setUpLink: captured(name, "link") ?? "",
    };
    return [
      { name: `${name}, first visit`, testMatch: "set-up.spec.ts", use },
      { name, testIgnore: "set-up.spec.ts", dependencies: [`${name}, first visit`], use },
    ];
  }),
  webServer: PROJECTS.map((name) => ({
    name,
    command: `node start-server.mjs ${name}`,
    cwd: import.meta.dirname,
    wait: { stdout: new RegExp(`^server ${name} (?<${variable(name, "url")}>\\S+) (?<${variable(name, "link")}>\\S+)`, "m") },
    timeout: 90_000,
    gracefulShutdown: { signal: "SIGTERM", timeout: 15_000 },
    stderr: "pipe",
  })),
});
