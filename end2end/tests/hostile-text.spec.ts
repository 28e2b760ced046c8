// Text that means to be more than text goes into every field of every form. It is shown as what it is or refused at its
// field; it never runs, never bends the page, and never breaks the server.
import type { Page } from "@playwright/test";

import { expect, open, test } from "../fixtures.ts";
import { formsOf, locate, put, submit, type PostForm } from "../forms.ts";
import { examples, makeOrganisation, type Organisation } from "../organisation.ts";
import { FIRST_VISIT, ROUTES } from "../routes.ts";

const RUN = "window.hostile=true";
const SCRIPT = `<script>${RUN}</script><img src=x onerror="${RUN}">`;
const ENDING = `</textarea></title></script>"'><svg onload=${RUN}><b id=hostile>`;
const BACKWARDS = "\u202e\u2066abc\u200fdef";
const LONG = "W".repeat(64 * 1024);
const NUL = "null\u0000byte";

/** Signing in with such a name is guessing, of which only so much is allowed; every-form.spec.ts does it once. The link of
 * an invitation takes passwords alone, which no page ever shows. */
// Those of “/login” and “/account” are throttled: what is asked often is told to wait.
const LEFT_OUT = new Set(["/login", "/account", "/welcome/:token", FIRST_VISIT, "/styleguide"]);

let made: Organisation;
test.beforeAll(async ({ administrator }, { workerIndex }) => {
  // What is stored is hostile from the start, as far as fields take it.
  const text = SCRIPT + ENDING + BACKWARDS;
  made = await makeOrganisation(administrator, `hostile-${workerIndex}`, { displayName: text.slice(0, 128), description: text, tagValue: "\u0627\u0644\u0639 core" });
});

for (const route of ROUTES.filter((route) => !LEFT_OUT.has(route))) {
  test(route, async ({ administrator, context, page, problems }) => {
    await administrator.enter(context);
    page.on("dialog", (dialog) => problems.add(`a dialog opened: ${dialog.message()}`));
    for (const address of examples(made)[route] ?? []) {
      expect(await open(page, address), address).toBe(200);
      await expectHarmless(page);
      for (const form of (await formsOf(page)).filter(({ text }) => text.length > 0)) {
        await test.step(`${form.action} of ${address}`, async () => {
          const filled = (text: string) => Object.fromEntries(form.text.map((name) => [name, text]));
          for (const text of [SCRIPT, ENDING, BACKWARDS, LONG, NUL]) {
            const shown = await administrator.submit(form.action, { ...form.values, ...filled(text) }, address);
            expect(shown.status).toBe(200);
            expectText(shown.text);
          }
          // Forms of what hangs on an owner are the same on all of them.
          if ((form.values["kind"] ?? "user") === "user") {
            for (const text of [SCRIPT + ENDING + BACKWARDS, LONG]) await enter(page, address, form, filled(text));
          }
        });
      }
    }
  });
}

test("a filter takes all of it as a question", async ({ administrator, context, page, problems }) => {
  await administrator.enter(context);
  problems.expect(/status of 422/);
  for (const section of ["users", "groups", "roles", "policies", "permission-sets", "assignments", "audit", "recycle-bin"]) {
    for (const text of [SCRIPT, ENDING, BACKWARDS, LONG.slice(0, 4096), NUL, 'open "quote', "nonsense:1"]) {
      const { status, text: html } = await administrator.get(`/t/${made.tenant}/${section}?q=${encodeURIComponent(text)}`);
      expect([200, 422], `${section}?q=${text.slice(0, 40)}`).toContain(status);
      expectText(html);
    }
    await open(page, `/t/${made.tenant}/${section}?q=${encodeURIComponent(`nonsense:1 ${ENDING}`)}`);
    await expectHarmless(page);
    const filter = page.getByRole("searchbox", { name: /^Filter/ });
    await expect(filter).toHaveValue(`nonsense:1 ${ENDING}`);
    await expect(filter).toHaveAttribute("aria-invalid", "true");
    await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
  }
});

/** Enters it by hand, so to speak: refused, it is said at a field; else it was taken as it is. */
async function enter(page: Page, address: string, form: PostForm, values: Record<string, string>) {
  await open(page, address);
  await put(locate(page, form), values);
  expect(await submit(page, locate(page, form)), "status").toBe(200);
  await expectHarmless(page);
  const isBack = new URL(page.url()).pathname === address.split("?")[0];
  if (isBack && (await locate(page, form).count()) > 0) {
    const faults = await locate(page, form).locator("[aria-invalid=true]").count();
    const notices = await page.locator(".notice.ok").count();
    expect(faults + notices, "a field at fault, or a word that it was done").toBeGreaterThan(0);
  }
}

/** In the page as it was sent, nothing of it is markup. */
function expectText(html: string) {
  for (const markup of ["<script>window", "<svg onload", "<img src=x", "<b id=hostile"]) expect(html).not.toContain(markup);
  expect(html.split("</textarea>").length).toBe(html.split("<textarea").length);
  expect(html.split("</main>").length).toBe(2);
}

/** Nothing ran, nothing became an element, and nothing sticks out of the page. */
async function expectHarmless(page: Page) {
  const seen = await page.evaluate(() => ({
    ran: "hostile" in window,
    became: document.querySelectorAll("#hostile, [onerror], [onload], main script, img[src=x]").length,
    main: document.querySelectorAll("main").length,
    tooWide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
  }));
  expect(seen, page.url()).toEqual({ ran: false, became: 0, main: 1, tooWide: false });
}
