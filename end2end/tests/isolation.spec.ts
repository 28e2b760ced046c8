// Whoever administers one tenant finds nothing of another: neither its pages nor its functions nor its names.
import { expect, open, test } from "../fixtures.ts";
import { examples, idOfSet, makeOrganisation, type Organisation } from "../organisation.ts";
import type { Fields, Person } from "../person.ts";

let own: Organisation;
let other: Organisation;
let anna: Person;

test.describe.configure({ mode: "serial" });
test.beforeAll(async ({ administrator }) => {
  own = await makeOrganisation(administrator, "near");
  other = await makeOrganisation(administrator, "far", { displayName: "Farthest", description: "Distant duty", tagValue: "remote" });
  const { tenant } = own;
  await administrator.done("users/create", { tenant, "draft[user_name]": "anna" });
  await administrator.done("sso/assign", { tenant, kind: "user", principal: "anna", set: await idOfSet(administrator, tenant, "Administrator"), reach: "subtree", until: "" });
  anna = await administrator.activate(tenant, "anna", "eleven quiet lighthouses");
});

test("every page of one's own tenant is there, and none of the other's", async () => {
  for (const [route, addresses] of Object.entries(examples(own))) {
    // An upload is there for the person who sent it, and for nobody else of the tenant.
    if (route === "/t/:tenant/import/:id") continue;
    // Who is bound by a guardrail does not change it: that is for the tenant above.
    const isBound = route.startsWith("/t/:tenant/guardrails/");
    for (const address of addresses.filter((address) => address.startsWith(`/t/${own.tenant}`))) {
      if (isBound) expect([route, [200, 403].includes((await anna.get(address)).status)]).toEqual([route, true]);
      else expect([route, (await anna.get(address)).status]).toEqual([route, 200]);
    }
  }
  const foreign = Object.values(examples(other)).flat().filter((address) => address.startsWith("/t/"));
  for (const address of foreign) {
    const { status, text } = await anna.get(address);
    expect([address, status]).toEqual([address, 404]);
    for (const secret of ["Farthest", "Distant duty", "remote"]) expect(text, address).not.toContain(secret);
  }
});

test("what is not there and what may not be seen answer alike", async () => {
  const answer = async (address: string) => (await anna.get(address)).text.replace(/nonce="[^"]*"|<code>[^<]*<\/code>/g, "");
  expect(await answer(`/t/${other.tenant}/users/${other.user}`)).toBe(await answer("/t/nowhere/users/nobody"));
});

test("no function reaches into another tenant, whatever name or id it is given", async ({ administrator }) => {
  const { tenant, user, group, role, policy, set, event } = other;
  const listed = await administrator.get(`/t/${tenant}/assignments`);
  const assignment = listed.text.match(/name="assignment" value="([^"]+)"/)?.[1] ?? "";
  const bin = await administrator.get(`/t/${tenant}/recycle-bin`);
  const item = bin.text.match(/name="item" value="([^"]+)"/)?.[1] ?? "";
  expect(assignment).not.toBe("");
  expect(item).not.toBe("");
  const calls: [string, Fields][] = [
    ["users/create", { tenant, "draft[user_name]": "anna" }],
    ["users/delete", { tenant, name: user, typed: user }],
    ["users/create-link", { tenant, name: user }],
    ["groups/add-member", { tenant, name: group, user_name: user }],
    ["roles/delete", { tenant, name: role, typed: role }],
    ["policies/set-default", { tenant, name: policy, version_id: "v1" }],
    ["owners/put-tag", { tenant, kind: "user", name: user, key: "team", value: "near" }],
    ["sso/delete-set", { tenant, name: set, typed: set }],
    ["tenants/suspend", { tenant, version: "1" }],
    // Ids of the other tenant, in one's own name.
    ["sso/unassign", { tenant: own.tenant, assignment }],
    ["bin/restore", { tenant: own.tenant, item }],
  ];
  for (const [name, fields] of calls) {
    const { status, error } = await anna.call(name, fields);
    expect([name, status, error?.code]).toEqual([name, 404, "NotFound"]);
  }
  expect((await anna.get(`/t/${own.tenant}/audit/${event}`)).status).toBe(404);
  const moved = await anna.call("tenants/move", { tenant: own.below, parent: tenant, slug: "eng" });
  expect(moved.error).toBeDefined();
  expect((await administrator.get(`/t/${tenant}/recycle-bin`)).text).toContain(item);
  expect((await administrator.get(`/t/${tenant}/assignments`)).text).toContain(assignment);
});

test("the other tenant is not among those one can jump to", async ({ context, page, problems }) => {
  await anna.enter(context);
  await open(page, "/jump?q=far");
  await expect(page.getByText("Nothing found")).toBeVisible();
  await open(page, "/jump?q=near");
  await expect(page.getByRole("table", { name: "Tenants" }).getByRole("link").first()).toBeVisible();
  problems.expect(/status of 404/);
  expect(await open(page, `/t/${other.tenant}`)).toBe(404);
  await expect(page.getByRole("heading", { name: "Not found" })).toBeVisible();
});
