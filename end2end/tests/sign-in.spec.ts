import { ADMINISTRATOR, expect, expectAccessible, open, passwordField, signIn, test } from "../fixtures.ts";

test("a wrong password is refused in words that do not tell whether the name exists", async ({ page }) => {
  const refusals: string[] = [];
  for (const name of [ADMINISTRATOR.name, "nobody.of.that.name"]) {
    await open(page, "/login");
    await page.getByRole("textbox", { name: "Name", exact: true }).fill(name);
    await passwordField(page, "Password").fill("not the right one at all");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page).toHaveURL(/\/login/);
    await expect(page.getByRole("textbox", { name: "Name", exact: true })).toHaveValue(name);
    await expect(passwordField(page, "Password")).toHaveValue("");
    refusals.push(await page.getByRole("alert").first().innerText());
    await expectAccessible(page);
  }
  expect(refusals[0]).not.toBe("");
  expect(refusals[1]).toBe(refusals[0]);
});

test("after signing out the pages are closed", async ({ page }) => {
  await signIn(page, ADMINISTRATOR.name, ADMINISTRATOR.password);
  await open(page, "/account");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expectAccessible(page);

  await page.getByTitle(`Account of ${ADMINISTRATOR.name}`).click();
  await page.getByRole("button", { name: "Sign out", exact: true }).first().click();
  await expect(page).toHaveURL(/\/login/);

  await open(page, "/account");
  await expect(page).toHaveURL(/\/login/);
});
