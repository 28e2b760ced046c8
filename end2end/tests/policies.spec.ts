// A policy from its first, faulty draft to another version and back.
import { expect, expectAccessible, field, open, press, send, test } from "../fixtures.ts";
import { DOCUMENT } from "../organisation.ts";

const TENANT = "policies";
/** Without the comma at the end of line 4. */
const FAULTY = '{\n  "Version": "2012-10-17",\n  "Statement": [{\n    "Effect": "Allow"\n    "Action": "iam:GetUser",\n    "Resource": "*"\n  }]\n}\n';

test.describe.configure({ mode: "serial" });
test.beforeAll(async ({ administrator }) => {
  await administrator.done("tenants/create", { tenant: "root", slug: TENANT, display_name: "Policies" });
});
test.beforeEach(async ({ administrator, context }) => administrator.enter(context));

test("a syntax error points at its line, and nothing that was typed is lost", async ({ page }) => {
  await open(page, `/t/${TENANT}/policies/new`);
  await field(page, "Policy name").fill("ReadUsers");
  await field(page, "Description").fill("Look, do not touch");
  await field(page, "Document").fill(FAULTY);
  await press(page, "Create policy");
  await expect(page).toHaveURL(/\/policies\/new$/);
  await expect(field(page, "Document")).toHaveAttribute("aria-invalid", "true");
  await expect(page.locator("#f-document-error")).toContainText("Line 5");
  await expect(field(page, "Policy name")).toHaveValue("ReadUsers");
  await expect(field(page, "Description")).toHaveValue("Look, do not touch");
  await expect(field(page, "Document")).toHaveValue(FAULTY);
  await expectAccessible(page);

  await field(page, "Document").fill(DOCUMENT);
  await press(page, "Create policy");
  await expect(page).toHaveURL(/\/policies\/ReadUsers$/);
});

test("a new version is saved, compared with the one before, and taken back", async ({ page }) => {
  await open(page, `/t/${TENANT}/policies/ReadUsers`);
  const document = field(page, "Policy document");
  await expect(document).toHaveValue(DOCUMENT);
  await document.fill(FAULTY);
  await press(page, "Save as new version");
  await expect(page.getByText(/Line 5/).first()).toBeVisible();
  await expect(document).toHaveValue(FAULTY);

  await document.fill(DOCUMENT.replace("iam:GetUser", "iam:GetGroup"));
  await press(page, "Save as new version");
  await expect(page.getByText("Version v2 is saved and in force.")).toBeVisible();
  const row = (version: string) => page.getByRole("table", { name: "Versions" }).getByRole("row").filter({ hasText: version });
  await expect(row("v2")).toContainText("in force");

  await row("v1").getByRole("link", { name: "Compare" }).click();
  await expect(page.getByRole("heading", { name: "From v1 to v2 (in force)" })).toBeVisible();
  const diff = page.getByRole("table").filter({ hasText: "iam:GetGroup" });
  await expect(diff.getByRole("row").filter({ hasText: "removed" })).toContainText("iam:GetUser");
  await expect(diff.getByRole("row").filter({ hasText: "added" })).toContainText("iam:GetGroup");
  await expectAccessible(page);

  await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Versions" }).click();
  await send(page, row("v1").getByRole("button", { name: "Put in force" }));
  await expect(page.getByText("Version v1 is in force.")).toBeVisible();
  await expect(row("v1")).toContainText("in force");
  await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Document" }).click();
  await expect(document).toHaveValue(DOCUMENT);
});

test("whoever saves second is shown both texts and loses nothing", async ({ browser, administrator, page, baseURL, javaScriptEnabled }) => {
  const elsewhere = await browser.newContext({ baseURL, javaScriptEnabled });
  await administrator.enter(elsewhere);
  const other = await elsewhere.newPage();
  const mine = DOCUMENT.replace("iam:GetUser", "iam:GetRole");
  const theirs = DOCUMENT.replace("iam:GetUser", "iam:GetPolicy");
  for (const [page_, text] of [[page, mine], [other, theirs]] as const) {
    await open(page_, `/t/${TENANT}/policies/ReadUsers`);
    await field(page_, "Policy document").fill(text);
  }
  await press(other, "Save as new version");
  await expect(other.getByText("is saved and in force.")).toBeVisible();
  await press(page, "Save as new version");
  await expect(page).toHaveURL(/\/policies\/ReadUsers$/);
  await expect(field(page, "Policy document")).toHaveValue(mine);
  await expect(page.getByText(/\(theirs\).*\(yours\)/)).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: "removed" })).toContainText("iam:GetPolicy");
  await expect(page.getByRole("row").filter({ hasText: "added" })).toContainText("iam:GetRole");
  await expectAccessible(page);
  await press(page, "Save as new version");
  await expect(page.getByText("is saved and in force.")).toBeVisible();
  await elsewhere.close();
});

test("whoever saves the facts of a thing second sees field by field what differs", async ({ browser, administrator, page, baseURL, javaScriptEnabled }) => {
  await administrator.done("users/create", { tenant: TENANT, "draft[user_name]": "emmy", "draft[display_name]": "Emmy" });
  const elsewhere = await browser.newContext({ baseURL, javaScriptEnabled });
  await administrator.enter(elsewhere);
  const other = await elsewhere.newPage();
  for (const [page_, name] of [[page, "Emmy Noether"], [other, "Amalie Noether"]] as const) {
    await open(page_, `/t/${TENANT}/users/emmy/edit`);
    await field(page_, "Display name").fill(name);
  }
  await press(other, "Save changes");
  await expect(other.getByText("The changes are saved.")).toBeVisible();
  await press(page, "Save changes");
  await expect(page.getByRole("alert")).toContainText("Somebody else changed the user emmy while you were editing it.");
  const row = page.getByRole("table", { name: "Theirs and yours" }).getByRole("row").filter({ hasText: "Display name" });
  await expect(row).toContainText("Amalie Noether");
  await expect(row).toContainText("Emmy Noether");
  await expect(field(page, "Display name")).toHaveValue("Emmy Noether");
  await expectAccessible(page);
  await press(page, "Save changes");
  await expect(page.getByText("The changes are saved.")).toBeVisible();
  await expect(page.getByText("Emmy Noether")).toBeVisible();
  await elsewhere.close();
});
