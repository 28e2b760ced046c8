// What every browser test stands on. Import `test` and `expect` from here, never from Playwright.
import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type ConsoleMessage, type Locator, type Page } from "@playwright/test";

import { makeOrganisation, type Organisation } from "./organisation.ts";
import { Person } from "./person.ts";

export { expect };

export interface ProjectOptions {
  /** The one-time link by which the project's server lets its first administrator be made. */
  setUpLink: string;
}

/** Made by the set-up link before any other test runs: may do everything, in the root tenant and below. */
export const ADMINISTRATOR = { name: "ada", password: "a long walk by the canal" } as const;

/** What went wrong in the pages of a test without the test having looked. Anything left fails it. */
export class Problems {
  readonly #found: string[] = [];
  readonly #expected: RegExp[] = [];

  add(text: string) {
    this.#found.push(text);
  }

  /**
   * Says that the test means to see this: the pattern must occur, and is forgiven. A page asked for that is not there is
   * `problems.expect(/status of 404/)`, for example: the browser logs such answers as errors.
   */
  expect(pattern: RegExp) {
    this.#expected.push(pattern);
  }

  /** Fails if there is an unexpected problem, or an expected one did not come. */
  check() {
    const unexpected = this.#found.filter((text) => !this.#expected.some((pattern) => pattern.test(text)));
    expect(unexpected, "errors in the browser").toEqual([]);
    const absent = this.#expected.filter((pattern) => !this.#found.some((text) => pattern.test(text)));
    expect(absent, "expected errors that did not come").toEqual([]);
  }
}

interface Fixtures {
  problems: Problems;
  /** Whether islands run in this project. */
  isHydrated: boolean;
}

interface WorkerFixtures {
  /** The administrator, signed in once for all tests of a worker. */
  administrator: Person;
  /** An organisation of the worker's own with one of everything, for tests that leave it as it is. */
  organisation: Organisation;
}

export const test = base.extend<Fixtures & ProjectOptions, WorkerFixtures>({
  administrator: [
    async ({}, use, { project }) => {
      await use(await Person.signIn(project.use.baseURL ?? "", ADMINISTRATOR.name, ADMINISTRATOR.password));
    },
    { scope: "worker" },
  ],

  organisation: [
    async ({ administrator }, use, { workerIndex }) => {
      await use(await makeOrganisation(administrator, `sample-${workerIndex}`));
    },
    { scope: "worker" },
  ],

  setUpLink: ["", { option: true }],

  isHydrated: async ({ javaScriptEnabled }, use) => {
    await use(javaScriptEnabled !== false);
  },

  // Watches the whole context, so that pages opened by the test are seen too. A violation of the content security policy
  // is an error in the console, whether scripts run or not.
  problems: [
    async ({ context }, use) => {
      const problems = new Problems();
      const onConsole = (message: ConsoleMessage) => {
        const isViolation = /content security policy/i.test(message.text());
        if (message.type() === "error" || isViolation || /hydrat/i.test(message.text())) {
          problems.add(`${message.type()}: ${message.text()} (${message.location().url})`);
        }
      };
      context.on("console", onConsole);
      context.on("weberror", (error) => problems.add(`uncaught: ${error.error().stack ?? error.error().message}`));
      context.on("requestfailed", (request) => {
        const failure = request.failure()?.errorText ?? "";
        // Going elsewhere aborts what was still loading. With scripts off Chromium refuses to preload modules, and calls
        // that a policy; violations of ours are in the console besides.
        const isHarmless = failure === "net::ERR_ABORTED" || (failure === "csp" && !runsScripts());
        if (!isHarmless) problems.add(`request failed: ${failure} ${request.url()}`);
      });
      await use(problems);
      context.off("console", onConsole);
      problems.check();
    },
    { auto: true },
  ],
});

/** Waits until the islands of the page answer; at once where no scripts run. */
export async function hydrated(page: Page) {
  if (runsScripts()) await expect(page.locator("html")).toHaveAttribute("data-hydrated", "");
}

/** Opens a page and waits until it can be used. Gives the status. */
export async function open(page: Page, path: string): Promise<number> {
  const response = await page.goto(path);
  await hydrated(page);
  return response?.status() ?? 0;
}

/** Presses what sends a form, and waits until the page that it leads to can be used. Gives that page's status. */
export async function send(page: Page, button: Locator): Promise<number> {
  const answer = page.waitForResponse(
    (response) => response.request().isNavigationRequest() && response.frame() === page.mainFrame() && !(response.status() >= 300 && response.status() < 400),
  );
  const arrival = page.waitForEvent("domcontentloaded");
  await button.click();
  const [response] = await Promise.all([answer, arrival]);
  await hydrated(page);
  return response.status();
}

/** Presses the button of that name, as {@link send} does. */
export function press(page: Page, name: string): Promise<number> {
  return send(page, page.getByRole("button", { name, exact: true }));
}

/** A field of text by its label; what an optional one has behind it is left out. */
export function field(page: Page, label: string): Locator {
  return page.getByRole("textbox", { name: new RegExp(`^${label}( \\(optional\\))?$`) });
}

/** A password's field by its label; such fields have no role, and the mark of a required one is part of the label's text. */
export function passwordField(page: Page, label: string) {
  return page.getByLabel(new RegExp(`^${label}( \\*)?$`));
}

/** Signs in by the form, as a person does, and expects to arrive. */
export async function signIn(page: Page, name: string, password: string) {
  await open(page, "/login");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(name);
  await passwordField(page, "Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page).not.toHaveURL(/\/login/);
  await hydrated(page);
}

/** Fills in and sends the form that the set-up link leads to. */
export async function fillSetUp(page: Page, { name, password, repeated = password }: { name: string; password: string; repeated?: string }) {
  await page.getByRole("textbox", { name: "User name", exact: true }).fill(name);
  await passwordField(page, "Password").fill(password);
  await passwordField(page, "Password again").fill(repeated);
  await page.getByRole("button", { name: "Create administrator" }).click();
  await hydrated(page);
}

/** No serious or critical finding of axe in the page as it is now. Axe needs scripts: elsewhere this does nothing. */
export async function expectAccessible(page: Page) {
  if (!runsScripts()) return;
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  const findings = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((node) => `  ${node.html}\n  ${node.failureSummary}`).join("\n")}`);
  expect(findings, `accessibility of ${page.url()}`).toEqual([]);
}

/** Whether scripts run in this project. */
function runsScripts(): boolean {
  return base.info().project.use.javaScriptEnabled !== false;
}
