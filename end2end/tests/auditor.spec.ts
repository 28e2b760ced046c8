// Somebody is invited, made a member of a group that may look at everything from here on down, and tries to do more.
import { expect, expectAccessible, field, hydrated, open, passwordField, press, signIn, test } from "../fixtures.ts";
import { DOCUMENT, makeOrganisation, type Organisation } from "../organisation.ts";
import { Person, type Fields } from "../person.ts";

const PASSWORD = "seven grey herons in a row";
const NAME = "vera@audited";
let made: Organisation;

test.describe.configure({ mode: "serial" });
test.beforeAll(async ({ administrator }) => {
  made = await makeOrganisation(administrator, "audited");
});

test("the set “Security auditor” is assigned to a group, for a tenant and everything below", async ({ administrator, context, page }) => {
  await administrator.enter(context);
  await open(page, "/t/audited/groups/new");
  await field(page, "Group name").fill("auditors");
  await press(page, "Create group");

  await open(page, "/t/audited/assignments");
  await page.getByRole("link", { name: "Assign access" }).click();
  await page.getByRole("radio", { name: /^A group/ }).check();
  await field(page, "Who").fill("auditers");
  await page.getByRole("combobox", { name: "As what" }).selectOption({ label: "Security auditor (of root)" });
  await page.getByRole("radio", { name: "audited and everything below" }).check();
  await press(page, "Assign access");
  // A slip of the pen: all that was chosen is still there.
  await expect(field(page, "Who")).toHaveAttribute("aria-invalid", "true");
  await expect(field(page, "Who")).toHaveValue("auditers");
  await expect(page.getByRole("radio", { name: "audited and everything below" })).toBeChecked();
  await expect(page.getByRole("combobox", { name: "As what" }).locator("option:checked")).toHaveText("Security auditor (of root)");
  await expectAccessible(page);
  await field(page, "Who").fill("auditors");
  await press(page, "Assign access");
  await expect(page.getByText("auditors acts here as Security auditor from now on.")).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: "auditors" })).toContainText("here and below");
});

test("an invited user chooses a password by a link that works once", async ({ administrator, browser, context, page, problems, baseURL, javaScriptEnabled }) => {
  await administrator.enter(context);
  await open(page, "/t/audited/users/new");
  await field(page, "User name").fill("vera");
  await press(page, "Create user");
  await open(page, "/t/audited/groups/auditors");
  await field(page, "User name").fill("vera");
  await press(page, "Add member");
  await expect(page.getByText("vera is a member.")).toBeVisible();
  await open(page, "/t/audited/users/vera/credentials");
  await press(page, "Create invitation link");
  const link = (await page.getByText(/\/welcome\/\w+/).first().innerText()).trim();
  await open(page, "/t/audited/users/vera/credentials");
  await expect(page.getByText(/\/welcome\/\w+/)).toHaveCount(0);

  const elsewhere = await browser.newContext({ baseURL, javaScriptEnabled });
  const invited = await elsewhere.newPage();
  const address = new URL(link).pathname;
  await open(invited, address);
  await passwordField(invited, "New password").fill("short");
  await passwordField(invited, "New password again").fill("short");
  await press(invited, "Set password");
  await expect(invited.getByRole("alert").first()).toBeVisible();
  await expect(passwordField(invited, "New password")).toHaveValue("");
  await passwordField(invited, "New password").fill(PASSWORD);
  await passwordField(invited, "New password again").fill(PASSWORD);
  await press(invited, "Set password");
  await expect(invited).toHaveURL(/\/login$/);
  await signIn(invited, NAME, PASSWORD);
  expect(await open(invited, "/account")).toBe(200);
  await elsewhere.close();

  problems.expect(/status of 404/);
  expect(await open(page, address)).toBe(404);
});

test("an auditor reads everything below and is offered nothing that changes it", async ({ context, page, baseURL }) => {
  const vera = await Person.signIn(baseURL ?? "", NAME, PASSWORD);
  await vera.enter(context);
  for (const tenant of [made.tenant, made.below]) {
    for (const section of ["", "/tenants", "/users", "/groups", "/roles", "/policies", "/permission-sets", "/assignments", "/audit", "/recycle-bin"]) {
      expect(await open(page, `/t/${tenant}${section}`), section).toBe(200);
      await expect(page.locator("#main form[method=post]"), `forms of ${section}`).toHaveCount(0);
    }
  }
  for (const object of [`/users/${made.user}`, `/groups/${made.group}`, `/roles/${made.role}`, `/policies/${made.policy}`, `/audit/${made.event}`]) {
    expect(await open(page, `/t/${made.tenant}${object}`), object).toBe(200);
    await expect(page.locator("#main form[method=post]"), `forms of ${object}`).toHaveCount(0);
    await expectAccessible(page);
  }
  await open(page, `/t/${made.tenant}/users`);
  const create = page.getByText("Create user", { exact: true });
  await expect(create).toHaveAttribute("aria-disabled", "true");
  await expect(page.getByText("You may not create users here.")).toBeAttached();
});

test("forms that an auditor gets hold of change nothing", async ({ administrator, context, page, problems, baseURL }) => {
  problems.expect(/status of 403/);
  const vera = await Person.signIn(baseURL ?? "", NAME, PASSWORD);
  // The page is open when the one who sits before it becomes somebody who may only look.
  for (const { address, fill, button } of [
    { address: "/users/new", fill: { "User name": "intruder" }, button: "Create user" },
    { address: `/users/${made.user}/edit`, fill: { "Display name": "Changed" }, button: "Save changes" },
    { address: `/policies/${made.policy}`, fill: { "Policy document": DOCUMENT.replace("Get", "Delete") }, button: "Save as new version" },
    { address: `/groups/${made.group}`, fill: { "User name": "vera" }, button: "Add member" },
    { address: "/settings", fill: {}, button: "Suspend tenant" },
  ]) {
    await administrator.enter(context);
    await open(page, `/t/${made.tenant}${address}`);
    for (const [label, text] of Object.entries<string>(fill)) await field(page, label).fill(text);
    await vera.enter(context);
    await press(page, button);
    await expect(page.getByText(/(may not|not allowed|allow)/i).first()).toBeVisible();
  }
});

test("server functions that an auditor calls change nothing", async ({ administrator, baseURL }) => {
  const { tenant, below, user, group, role, policy, set } = made;
  const vera = await Person.signIn(baseURL ?? "", NAME, PASSWORD);
  const calls: [string, Fields][] = [
    ["users/create", { tenant, "draft[user_name]": "intruder" }],
    ["users/create", { tenant: below, "draft[user_name]": "intruder" }],
    ["users/update", { tenant, name: user, version: "1", "draft[user_name]": "renamed" }],
    ["users/set-enabled", { tenant, name: user, version: "1", enabled: "false" }],
    ["users/create-link", { tenant, name: user }],
    ["users/revoke-sessions", { tenant, name: user }],
    ["users/delete", { tenant, name: user, typed: user }],
    ["groups/create", { tenant, "draft[group_name]": "intruders" }],
    ["groups/add-member", { tenant, name: group, user_name: "vera" }],
    ["groups/remove-member", { tenant, name: group, user_name: user }],
    ["groups/delete", { tenant, name: group, typed: group }],
    ["roles/update-trust", { tenant, name: role, version: "1", trust: "{}" }],
    ["roles/delete", { tenant, name: role, typed: role }],
    ["policies/create", { tenant, "draft[policy_name]": "Intrusion", document: DOCUMENT }],
    ["policies/save-version", { tenant, name: policy, version: "2", document: DOCUMENT }],
    ["policies/set-default", { tenant, name: policy, version_id: "v1" }],
    ["policies/delete", { tenant, name: policy, typed: policy }],
    ["owners/put-inline", { tenant, kind: "user", name: "vera", policy_name: "more", document: DOCUMENT }],
    ["owners/put-tag", { tenant, kind: "user", name: user, key: "team", value: "mine" }],
    ["sso/create-set", { tenant, name: "Mine", description: "", session_hours: "1" }],
    ["sso/delete-set", { tenant, name: set, typed: set }],
    ["tenants/create", { tenant, slug: "intruders", display_name: "Intruders" }],
    ["tenants/suspend", { tenant: below, version: "1" }],
    ["tenants/delete", { tenant: below, typed: below }],
  ];
  const seen = async () => {
    const pages = [`users`, `users/${user}`, `users/${user}/tags`, "users/vera/permissions", `groups/${group}`, `roles/${role}/trust`, `policies/${policy}/versions`, "permission-sets", "tenants", "recycle-bin"];
    const texts = await Promise.all(pages.map(async (path) => (await administrator.get(`/t/${tenant}/${path}`)).text));
    // What changes from one answer to the next: nonces, and the words for how long ago.
    return texts.map((text) => text.replace(/<script.*?<\/script>|nonce="[^"]*"|<time.*?<\/time>/gs, ""));
  };
  const before = await seen();
  for (const [name, fields] of calls) {
    const { status, error } = await vera.call(name, fields);
    expect([name, status, error?.code]).toEqual([name, 403, "Forbidden"]);
  }
  expect(await seen()).toEqual(before);
});

test("all of it is in the audit, with what it changed", async ({ administrator, context, page }) => {
  await administrator.enter(context);
  const list = page.getByRole("table", { name: "Audit" });
  const filter = page.getByRole("searchbox", { name: "Filter events" });
  const find = async (text: string) => {
    await open(page, "/t/audited/audit");
    await filter.fill(text);
    await filter.press("Enter");
    await expect(filter).toHaveValue(text);
    await hydrated(page);
  };
  for (const [text, outcome] of [
    ["actor:vera outcome:refused action:iam:DeletePolicy", "Refused"],
    ["actor:vera outcome:refused action:iam:CreateUser", "Refused"],
    ["actor:vera action:console:SignIn outcome:success", "Done"],
    ["actor:ada action:sso:CreateAccountAssignment", "Done"],
    ["actor:ada action:iam:AddUserToGroup target:auditors", "Done"],
  ] as const) {
    await find(text);
    await expect(list.getByRole("row").nth(1), text).toContainText(outcome);
  }

  await find("action:iam:CreatePolicyVersion outcome:success");
  await list.getByRole("row").nth(1).getByRole("link").first().click();
  const diff = page.getByRole("table", { name: "Before and after" });
  await expect(diff.getByRole("row").filter({ hasText: "removed" }).filter({ hasText: "iam:GetUser" }).first()).toBeVisible();
  await expect(diff.getByRole("row").filter({ hasText: "added" }).filter({ hasText: "iam:GetGroup" }).first()).toBeVisible();
  await expectAccessible(page);

  await find("outcome:refused action:iam:DeletePolicy");
  await list.getByRole("row").nth(1).getByRole("link").first().click();
  await expect(page.getByText("vera@audited")).toBeVisible();
  await expect(page.getByText("Reason", { exact: true })).toBeVisible();
});
