// Tenants, people and groups, made and found by hand: the first half of an administrator's day.
import { expect, expectAccessible, field, open, press, test } from "../fixtures.ts";
import { DOCUMENT } from "../organisation.ts";

test.describe.configure({ mode: "serial" });
test.beforeEach(async ({ administrator, context }) => administrator.enter(context));

test("tenants are created below the root and below each other", async ({ page }) => {
  for (const { above, slug, name, path } of [
    { above: "root", slug: "acme", name: "Acme", path: "acme" },
    { above: "acme", slug: "eng", name: "Acme Engineering", path: "acme.eng" },
    { above: "root", slug: "globex", name: "Globex", path: "globex" },
  ]) {
    await open(page, `/t/${above}/tenants`);
    await page.getByRole("link", { name: "Create tenant" }).click();
    await field(page, "Name").fill(name);
    await field(page, "Slug").fill(slug);
    expect(await press(page, "Create tenant")).toBe(200);
    await expect(page).toHaveURL(new RegExp(`/t/${path}$`));
    await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
    await expect(page.getByText(`The tenant ${path} is created.`)).toBeVisible();
  }
  await open(page, "/t/acme/tenants");
  await expect(page.getByRole("table", { name: "Tenants" }).getByRole("link", { name: "Acme Engineering" })).toBeVisible();

  // The same slug again is refused at its field; what was typed stays.
  await open(page, "/t/root/tenants/new");
  await field(page, "Name").fill("Another Acme");
  await field(page, "Slug").fill("acme");
  await press(page, "Create tenant");
  await expect(field(page, "Name")).toHaveValue("Another Acme");
  await expect(field(page, "Slug")).toHaveAttribute("aria-invalid", "true");
});

test("users and groups are created", async ({ page }) => {
  for (const [name, displayName] of [["grace", "Grace Hopper"], ["mary", "Mary Somerville"], ["margaret", "Margaret Hamilton"]] as const) {
    await open(page, "/t/acme/users");
    await page.getByRole("link", { name: "Create user" }).click();
    await field(page, "User name").fill(name);
    await field(page, "Display name").fill(displayName);
    await field(page, "E-mail").fill(`${name}@example.org`);
    await press(page, "Create user");
    await expect(page).toHaveURL(new RegExp(`/t/acme/users/${name}$`));
    await expect(page.getByText(displayName)).toBeVisible();
  }
  await open(page, "/t/acme/groups/new");
  await field(page, "Group name").fill("engineers");
  await press(page, "Create group");
  await expect(page.getByText("The group engineers is created.")).toBeVisible();
  await expectAccessible(page);
});

test("a user is found by a part of the name", async ({ page }) => {
  await open(page, "/t/acme/users");
  const filter = page.getByRole("searchbox", { name: "Filter users" });
  const users = page.getByRole("table", { name: "Users" });
  for (const [part, found, absent] of [["race", "grace", "mary"], ["somervil", "mary", "grace"], ["MARG", "margaret", "grace"]] as const) {
    await filter.fill(part);
    await filter.press("Enter");
    await expect(page).toHaveURL(new RegExp(`q=${part}$`));
    await expect(users.getByRole("link", { name: found, exact: true })).toBeVisible();
    await expect(users.getByRole("link", { name: absent, exact: true })).toHaveCount(0);
    await expect(filter).toHaveValue(part);
  }
  await filter.fill("nobody of that name");
  await filter.press("Enter");
  await expect(page.getByText("Nothing matches")).toBeVisible();
});

test("a user becomes a member, and its page tells where each policy comes from", async ({ administrator, page }) => {
  const policies = ["ReadUsers", "ReadGroups"];
  for (const name of policies) {
    await administrator.done("policies/create", { tenant: "acme", "draft[policy_name]": name, document: DOCUMENT });
  }
  const arn = async (name: string) => {
    await open(page, `/t/acme/policies/${name}`);
    return (await page.getByText(/^arn:\S+$/).first().innerText()).trim();
  };
  for (const [owner, name] of [["users/grace", "ReadUsers"], ["groups/engineers", "ReadGroups"]] as const) {
    const policyArn = await arn(name);
    await open(page, `/t/acme/${owner}/permissions`);
    await field(page, "Policy ARN").fill(policyArn);
    await press(page, "Attach policy");
    await expect(page.getByText("The policy is attached.")).toBeVisible();
  }

  await open(page, "/t/acme/groups/engineers");
  await field(page, "User name").fill("nobody");
  await press(page, "Add member");
  await expect(field(page, "User name")).toHaveAttribute("aria-invalid", "true");
  await expect(field(page, "User name")).toHaveValue("nobody");
  await field(page, "User name").fill("grace");
  await press(page, "Add member");
  await expect(page.getByText("grace is a member.")).toBeVisible();
  await page.getByRole("table", { name: "Members" }).getByRole("link", { name: "grace" }).click();

  await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Groups" }).click();
  await expect(page.getByRole("table", { name: "Groups" }).getByRole("link", { name: "engineers" })).toBeVisible();
  await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Permissions" }).click();
  const rows = page.getByRole("table", { name: "Managed policies" }).getByRole("row");
  await expect(rows.filter({ hasText: "ReadUsers" })).toContainText("attached here");
  await expect(rows.filter({ hasText: "ReadGroups" })).toContainText("group engineers");
  await expectAccessible(page);

  // Out of the group, the policy is gone from the page.
  await open(page, "/t/acme/groups/engineers");
  await page.getByRole("row").filter({ hasText: "grace" }).getByRole("button", { name: "Remove" }).click();
  await expect(page.getByText("grace is no member any more.")).toBeVisible();
  await open(page, "/t/acme/users/grace/permissions");
  await expect(rows.filter({ hasText: "ReadUsers" })).toHaveCount(1);
  await expect(rows.filter({ hasText: "ReadGroups" })).toHaveCount(0);
});
