// The first visit. It runs before every other test of its project, which sign in as the administrator made here.
import { ADMINISTRATOR, expect, expectAccessible, fillSetUp, open, signIn, test } from "../fixtures.ts";

test("the set-up link makes the first administrator, once", async ({ page, problems, setUpLink }) => {
  expect(await open(page, setUpLink)).toBe(200);
  await expectAccessible(page);

  // What was typed stays, but for the passwords, and the message is at its field.
  await fillSetUp(page, { ...ADMINISTRATOR, repeated: "another sentence of some length" });
  await expect(page.getByText("The two passwords are not the same.").first()).toBeVisible();
  await expect(page.getByRole("textbox", { name: "User name" })).toHaveValue(ADMINISTRATOR.name);
  await expect(page.locator("input[type=password]").first()).toHaveValue("");
  await expectAccessible(page);

  await fillSetUp(page, ADMINISTRATOR);
  await expect(page).toHaveURL(/\/login$/);
  await expect(page.getByText("The administrator is created.")).toBeVisible();
  await expectAccessible(page);

  await signIn(page, ADMINISTRATOR.name, ADMINISTRATOR.password);

  problems.expect(/status of 404/);
  expect(await open(page, setUpLink)).toBe(404);
});
