// An account comes in through the browser: sent, looked at, confirmed, there.
import { expect, expectAccessible, open, test } from "../fixtures.ts";
import { account } from "../organisation.ts";

test.beforeEach(async ({ administrator, context }) => {
  await administrator.enter(context);
});

test("an account is shown before it is imported, and is there afterwards", async ({ administrator, page }) => {
  await administrator.done("tenants/create", { tenant: "root", slug: "imported", display_name: "Imported" });
  await open(page, "/t/imported");
  await page.getByRole("link", { name: "Import an AWS account" }).click();
  const dump = Buffer.from(JSON.stringify(account("hopper")));
  await page.getByLabel("File", { exact: false }).last().setInputFiles({ name: "account.json", mimeType: "application/json", buffer: dump });
  await page.getByRole("button", { name: "Check the file" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "What the import would do" })).toBeVisible();
  await expect(page.getByRole("table", { name: "Who gets a say in the console" })).toContainText("hopper");
  await expect(page.getByRole("table", { name: "Warnings" })).toContainText("Unheard");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Import all of it" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Imported" })).toBeVisible();
  await expectAccessible(page);
  await open(page, "/t/imported/users/hopper/groups");
  await expect(page.getByRole("main")).toContainText("operators");
  await open(page, "/t/imported/policies/aws%3AUnheard");
  await expect(page.getByRole("main")).toContainText("document unknown");
});

test("a faulty file is refused with the place of each fault", async ({ page }) => {
  const dump = { ...account("hopper"), GroupDetailList: [] };
  await open(page, "/t/root/import");
  await page.getByLabel("File", { exact: false }).last().setInputFiles({ name: "account.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(dump)) });
  await page.getByRole("button", { name: "Check the file" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "The file is refused" })).toBeVisible();
  await expect(page.getByRole("table", { name: "What is wrong with the file" })).toContainText("/UserDetailList/0/GroupList/0");
  await expectAccessible(page);
});
