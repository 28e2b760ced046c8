// Deleting asks for the name, moves to the bin, and can be undone with everything that hung on the thing.
import { expect, expectAccessible, field, open, press, send, test } from "../fixtures.ts";
import { makeOrganisation, type Organisation } from "../organisation.ts";

let made: Organisation;

test.describe.configure({ mode: "serial" });
test.beforeAll(async ({ administrator }) => {
  made = await makeOrganisation(administrator, "bin");
});
test.beforeEach(async ({ administrator, context }) => administrator.enter(context));

const KINDS = [
  { section: "users", name: "user", verb: "Delete user" },
  { section: "groups", name: "group", verb: "Delete group" },
  { section: "roles", name: "role", verb: "Delete role" },
  { section: "policies", name: "policy", verb: "Delete policy" },
] as const;

for (const { section, name: kind, verb } of KINDS) {
  test(`${section} are deleted and restored`, async ({ page, problems }) => {
    const name = made[kind];
    const address = `/t/${made.tenant}/${section}/${name}`;
    await open(page, address);
    await page.getByRole("link", { name: "Delete", exact: true }).click();
    const typed = page.getByRole("textbox", { name: `Type ${name} to confirm` });

    await typed.fill(`not ${name}`);
    await typed.evaluate((input: HTMLInputElement) => input.form?.setAttribute("novalidate", ""));
    await press(page, verb);
    await expect(typed).toHaveAttribute("aria-invalid", "true");
    await expect(typed).toHaveValue(`not ${name}`);
    await expectAccessible(page);

    await typed.fill(name);
    await press(page, verb);
    await expect(page).toHaveURL(new RegExp(`/t/${made.tenant}/${section}$`));
    await expect(page.getByText("is in the recycle bin.")).toBeVisible();
    problems.expect(/status of 404/);
    expect(await open(page, address)).toBe(404);

    await open(page, `/t/${made.tenant}/recycle-bin`);
    await send(page, page.getByRole("row").filter({ hasText: name }).getByRole("button", { name: "Restore" }));
    await expect(page).toHaveURL(new RegExp(address));
    await expect(page.getByText(`${name} is restored.`)).toBeVisible();
  });
}

test("what was restored has its members, policies and tags again", async ({ page }) => {
  await open(page, `/t/${made.tenant}/groups/${made.group}`);
  await expect(page.getByRole("table", { name: "Members" }).getByRole("link", { name: made.user })).toBeVisible();
  await open(page, `/t/${made.tenant}/users/${made.user}/permissions`);
  const rows = page.getByRole("table", { name: "Managed policies" }).getByRole("row").filter({ hasText: made.policy });
  await expect(rows.filter({ hasText: "attached here" })).toHaveCount(1);
  await expect(rows.filter({ hasText: `group ${made.group}` })).toHaveCount(1);
  await open(page, `/t/${made.tenant}/users/${made.user}/tags`);
  await expect(page.getByRole("row").filter({ hasText: "team" })).toContainText("core");
});

test("a name that was taken meanwhile asks for another", async ({ administrator, page }) => {
  const { tenant } = made;
  await administrator.done("users/create", { tenant, "draft[user_name]": "gone" });
  await open(page, `/t/${tenant}/recycle-bin`);
  await send(page, page.getByRole("row").filter({ hasText: "gone" }).getByRole("button", { name: "Restore" }));
  const another = field(page, "Another name");
  await expect(another).toHaveAttribute("aria-invalid", "true");
  await expectAccessible(page);
  await another.fill("gone.again");
  await send(page, page.getByRole("row").filter({ hasText: "gone" }).getByRole("button", { name: "Restore" }));
  await expect(page).toHaveURL(/\/users\/gone\.again$/);
});
