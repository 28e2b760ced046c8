// What everybody may do for themselves: choose another password, see and end sessions, leave.
import { expect, expectAccessible, open, passwordField, press, send, signIn, test } from "../fixtures.ts";

const OLD = "nine slow ferries at dusk";
const NEW = "ten slow ferries at dawn";

test.describe.configure({ mode: "serial" });
test.beforeAll(async ({ administrator }) => {
  await administrator.done("users/create", { tenant: "root", "draft[user_name]": "nora" });
  await administrator.activate("root", "nora", OLD);
});

test("a session of one's own is ended from another", async ({ browser, page, baseURL, javaScriptEnabled }) => {
  const elsewhere = await browser.newContext({ baseURL, javaScriptEnabled, userAgent: "Left on a train" });
  const forgotten = await elsewhere.newPage();
  await signIn(forgotten, "nora", OLD);
  await signIn(page, "nora", OLD);
  await open(page, "/account");
  const sessions = page.getByRole("table", { name: "My sessions" }).getByRole("row");
  await expect(sessions.filter({ hasText: "this session" })).toHaveCount(1);
  await send(page, sessions.filter({ hasText: "Left on a train" }).getByRole("button", { name: "Sign out" }));
  await expect(page.getByText("The session is signed out.")).toBeVisible();
  await expect(sessions.filter({ hasText: "Left on a train" })).toHaveCount(0);
  await open(forgotten, "/account");
  await expect(forgotten).toHaveURL(/\/login/);
  await elsewhere.close();
});

test("the password is changed, and only the new one opens", async ({ page }) => {
  await signIn(page, "nora", OLD);
  const change = async (present: string, fresh: string) => {
    await open(page, "/account");
    await passwordField(page, "Present password").fill(present);
    await passwordField(page, "New password").fill(fresh);
    await passwordField(page, "New password again").fill(fresh);
    await press(page, "Change password");
  };
  await change("not the present one", NEW);
  await expect(passwordField(page, "Present password")).toHaveAttribute("aria-invalid", "true");
  await expect(passwordField(page, "New password")).toHaveValue("");
  await expectAccessible(page);
  await change(OLD, NEW);
  await expect(page.getByText(/^Your password is changed\./)).toBeVisible();
  expect(await open(page, "/account")).toBe(200);

  await page.getByTitle("Account of nora").click();
  await press(page, "Sign out");
  await expect(page).toHaveURL(/\/login/);
  await passwordField(page, "Password").fill(OLD);
  await page.getByRole("textbox", { name: "Name" }).fill("nora");
  await press(page, "Sign in");
  await expect(page.getByRole("alert").first()).toContainText("wrong");
  await signIn(page, "nora", NEW);
});

test("the theme is kept in this browser", async ({ page }) => {
  await signIn(page, "nora", NEW);
  await open(page, "/account");
  await page.getByRole("combobox", { name: "Theme" }).selectOption({ label: "Dark" });
  await press(page, "Save appearance");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await open(page, "/account");
  await expect(page.getByRole("combobox", { name: "Theme" })).toHaveValue("dark");
  await expectAccessible(page);
});
