// The tree of tenants: a branch is unfolded and folded by its twisty, by mouse or keyboard, and the address keeps it.
import { expect, expectAccessible, open, test } from "../fixtures.ts";

test.beforeAll(async ({ administrator }) => {
  await administrator.done("tenants/create", { tenant: "root", slug: "trunk", display_name: "Trunk" });
  await administrator.done("tenants/create", { tenant: "trunk", slug: "bough", display_name: "Bough" });
  await administrator.done("tenants/create", { tenant: "trunk.bough", slug: "twig", display_name: "Twig" });
});
test.beforeEach(async ({ administrator, context }) => administrator.enter(context));

test("the tree unfolds level by level and folds again", async ({ page }) => {
  await open(page, "/t/trunk/tenants");
  const name = (of: string) => page.getByRole("link", { name: of, exact: true });
  await expect(name("Twig")).toHaveCount(0);

  const unfold = page.getByRole("link", { name: "Expand Bough" });
  await expect(unfold).toHaveAttribute("aria-expanded", "false");
  await unfold.press("Enter");
  await expect(page).toHaveURL(/\/t\/trunk\/tenants\?open=trunk\.bough#trunk\.bough$/);
  await expect(name("Twig")).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("link", { name: "Collapse Bough" }).click();
  await expect(name("Twig")).toHaveCount(0);
  await expect(name("Bough")).toBeVisible();

  await open(page, "/t/root/tenants?open=trunk,trunk.bough");
  await expect(name("Twig")).toBeVisible();
  await name("Twig").click();
  await expect(page).toHaveURL(/\/t\/trunk\.bough\.twig$/);
});
