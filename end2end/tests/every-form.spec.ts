// Every form of every page is also sent with something wrong in it: what was typed stays, the message stands at its
// field, and the keyboard is led to it. Forms are found in the pages: one without a case here fails.
import type { Page } from "@playwright/test";

import { expect, open, test } from "../fixtures.ts";
import { formsOf, inputOf, locate, put, submit, valuesOf, type PostForm } from "../forms.ts";
import { examples, makeOrganisation, type Organisation } from "../organisation.ts";
import type { Person } from "../person.ts";
import { FIRST_VISIT, ROUTES } from "../routes.ts";

/** What is entered into a form that can be typed into, and the field that must be found at fault. */
interface Case {
  enter: Record<string, string>;
  wrong: string;
}

const NO_NAME = "not/a name!";
const NO_DOCUMENT = '{\n  "Version": "2012-10-17",\n  "Statement": [\n}';

const CASES: Record<string, Case> = {
  "account/accept-link": { enter: { password: "short", repeated: "short" }, wrong: "password" },
  "account/appearance": { enter: { theme: "mauve" }, wrong: "theme" },
  "account/change-password": { enter: { current_password: "not mine", password: "seven calm harbours", repeated: "seven calm harbours" }, wrong: "current_password" },
  "bin/restore": { enter: { name: NO_NAME }, wrong: "name" },
  "groups/add-member": { enter: { user_name: "nobody" }, wrong: "user_name" },
  "groups/create": { enter: { "draft[group_name]": NO_NAME, "draft[path]": "/teams/" }, wrong: "draft[group_name]" },
  "groups/delete": { enter: { typed: "another name" }, wrong: "typed" },
  "groups/update": { enter: { "draft[group_name]": "kept", "draft[path]": "no slashes" }, wrong: "draft[path]" },
  "guardrails/create": { enter: { name: NO_NAME, document: "{}" }, wrong: "name" },
  "guardrails/delete": { enter: { typed: "another name" }, wrong: "typed" },
  "guardrails/update": { enter: { document: NO_DOCUMENT }, wrong: "document" },
  "import/upload": { enter: { account: "no digits" }, wrong: "file" },
  "owners/attach": { enter: { policy_arn: "arn:aws:iam::1:policy/none" }, wrong: "policy_arn" },
  "owners/put-boundary": { enter: { boundary_arn: "arn:aws:iam::1:policy/none" }, wrong: "boundary_arn" },
  "owners/put-inline": { enter: { policy_name: "kept", document: NO_DOCUMENT }, wrong: "document" },
  "owners/put-tag": { enter: { key: "aws:reserved", value: "kept" }, wrong: "key" },
  "policies/create": { enter: { "draft[policy_name]": "kept", "draft[description]": "Kept", document: NO_DOCUMENT }, wrong: "document" },
  "policies/delete": { enter: { typed: "another name" }, wrong: "typed" },
  "policies/save-version": { enter: { document: NO_DOCUMENT }, wrong: "document" },
  "policies/update": { enter: { "draft[policy_name]": NO_NAME, "draft[description]": "Kept" }, wrong: "draft[policy_name]" },
  "roles/create": { enter: { "draft[role_name]": "kept", "draft[max_session_duration]": "an hour" }, wrong: "draft[max_session_duration]" },
  "roles/delete": { enter: { typed: "another name" }, wrong: "typed" },
  "roles/update": { enter: { "draft[role_name]": NO_NAME, "draft[description]": "Kept" }, wrong: "draft[role_name]" },
  "roles/update-trust": { enter: { trust: NO_DOCUMENT }, wrong: "trust" },
  "sso/assign": { enter: { principal: "nobody" }, wrong: "principal" },
  "sso/create-set": { enter: { name: "Kept", description: "Kept", session_hours: "13" }, wrong: "session_hours" },
  "sso/delete-set": { enter: { typed: "another name" }, wrong: "typed" },
  "sso/update-set": { enter: { name: "", description: "Kept" }, wrong: "name" },
  "tenants/create": { enter: { display_name: "Kept", slug: "No Slug" }, wrong: "slug" },
  "tenants/delete": { enter: { typed: "another" }, wrong: "typed" },
  "tenants/move": { enter: { parent: "no.such.tenant", slug: "kept" }, wrong: "parent" },
  "tenants/rename": { enter: { display_name: " " }, wrong: "display_name" },
  "users/create": { enter: { "draft[user_name]": "kept", "draft[email]": "no address" }, wrong: "draft[email]" },
  "users/delete": { enter: { typed: "another name" }, wrong: "typed" },
  "users/update": { enter: { "draft[user_name]": NO_NAME, "draft[display_name]": "Kept" }, wrong: "draft[user_name]" },
};

/** Forms that carry nothing at all, so that nothing in them can be wrong. */
const EMPTY = new Set(["account/revoke-other-sessions"]);

/** Taking away what is not there succeeds, as in AWS. */
const SUCCEEDS = new Set(["owners/remove-tag key"]);

let made: Organisation;
test.beforeAll(async ({ administrator }, { workerIndex }) => {
  made = await makeOrganisation(administrator, `forms-${workerIndex}`);
});

for (const route of ROUTES.filter((route) => route !== FIRST_VISIT && route !== "/styleguide")) {
  test(route, async ({ administrator, context, page }) => {
    await administrator.enter(context);
    for (const address of examples(made)[route] ?? []) {
      await open(page, address);
      for (const form of await formsOf(page)) {
        await test.step(`${address} → ${form.action}`, async () => {
          if (route === "/login") return refusedSignIn(page);
          if (form.text.length + form.chosen.length > 0) return refused(page, address, form);
          if (!EMPTY.has(form.action) && form.nth === 0) return tampered(administrator, address, form);
        });
      }
    }
  });
}

test("a form that only wants a button wants another name after a clash", async ({ administrator, context, page }) => {
  await administrator.enter(context);
  await administrator.done("users/create", { tenant: made.tenant, "draft[user_name]": "gone" });
  const address = `/t/${made.tenant}/recycle-bin`;
  await open(page, address);
  const [form] = await formsOf(page);
  if (!form) throw new Error("nothing in the bin");
  await submit(page, locate(page, form));
  await refused(page, undefined, { ...form, text: ["name"] });
});

/** Sends what is wrong; the same page must come back with all of it, and the message at the field. */
async function refused(page: Page, address: string | undefined, form: PostForm) {
  // An upload has its tenant in its address.
  const wanted = CASES[form.action.replace(/^import\/[^/]+\//, "import/")];
  expect(wanted, `a case for the form ${form.action}`).toBeDefined();
  const { enter, wrong } = wanted as Case;
  if (address) await open(page, address);
  const before = page.url();
  await put(locate(page, form), enter);
  const typed = await valuesOf(locate(page, form));
  expect(await submit(page, locate(page, form)), "status of the page that comes back").toBe(200);
  expect(page.url()).toBe(before);

  const back = locate(page, form);
  // A choice that does not exist cannot be shown as chosen.
  if (form.action !== "account/appearance") expect(await valuesOf(back), "what was typed").toEqual(typed);
  const input = inputOf(back, wrong).first();
  await expect(input).toHaveAttribute("aria-invalid", "true");
  const described = (await input.getAttribute("aria-describedby"))?.split(" ")[0] ?? "";
  await expect(page.locator(`[id="${described}"]`)).toHaveText(/\S/);
  for (const secret of await back.locator("input[type=password]").all()) await expect(secret).toHaveValue("");

  // A form in a row of a list has the focus at once; elsewhere the summary has it, and leads to the field.
  if (form.action === "bin/restore") return expect(input).toBeFocused();
  const summary = back.getByRole("alert");
  await expect(summary).toBeFocused();
  await summary.getByRole("link").first().press("Enter");
  await expect(input).toBeFocused();
}

/** A wrong password is a fault of neither field: one message for both. */
async function refusedSignIn(page: Page) {
  const [form] = await formsOf(page);
  if (!form) throw new Error("no form to sign in by");
  await put(locate(page, form), { name: "nobody@nowhere", password: "no such password" });
  await submit(page, locate(page, form));
  await expect(inputOf(locate(page, form), "name")).toHaveValue("nobody@nowhere");
  await expect(inputOf(locate(page, form), "password")).toHaveValue("");
  await expect(page.getByRole("alert").first()).toBeFocused();
}

/** A form of nothing but a button is sent with its hidden fields spoilt: the page says so, and nothing breaks. */
async function tampered(by: Person, address: string, form: PostForm) {
  for (const name of form.hidden.filter((name) => !SUCCEEDS.has(`${form.action} ${name}`))) {
    const { status, text } = await by.submit(form.action, { ...form.values, [name]: "spoilt\u0000<b>" }, address);
    expect(status, `status after ${name} was spoilt`).toBe(200);
    expect(text, `a message after ${name} was spoilt`).toContain('role="alert"');
  }
}
