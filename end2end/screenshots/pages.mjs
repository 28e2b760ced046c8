// Which pages are looked at.

/** Those whose pictures are kept. */
export const MAIN = ["overview", "users", "user", "policy", "tenants", "assignments"];

const AT = "/t/acme.eng";

/** Every page that can be reached, by a name of its own; `isOpen` are those seen before signing in. `uploads` are addresses of uploads by name. */
export async function pages(context, address, uploads) {
  const event = await first(context, `${address}${AT}/audit`, 'main a[href*="/audit/"]');
  const inside = {
    overview: "",
    "tenant-new": "/tenants/new",
    "tenant-settings": "/settings",
    users: "/users",
    "users-filtered": "/users?q=path%3A%2Feng%2Fdata%2F",
    "users-none": "/users?q=nobody-of-this-name",
    "users-wrong": "/users?q=colour%3Ared",
    "user-new": "/users/new",
    "user-overview": "/users/b.okafor",
    user: "/users/b.okafor/permissions",
    ...tabs("user", "/users/b.okafor", ["groups", "credentials", "sessions", "tags", "history", "edit", "delete"]),
    groups: "/groups",
    "group-new": "/groups/new",
    "group-members": "/groups/platform",
    ...tabs("group", "/groups/platform", ["permissions", "tags", "history", "edit", "delete"]),
    roles: "/roles",
    "role-new": "/roles/new",
    role: "/roles/build-runner",
    ...tabs("role", "/roles/build-runner", ["trust", "facts", "tags", "history", "edit", "delete"]),
    policies: "/policies",
    "policy-new": "/policies/new",
    policy: "/policies/DataLake",
    ...tabs("policy", "/policies/DataLake", ["versions", "compare?with=v1", "attachments", "facts", "history", "edit", "delete"]),
    "permission-sets": "/permission-sets",
    "permission-set-new": "/permission-sets/new",
    "permission-set": "/permission-sets/Operator",
    ...tabs("permission-set", "/permission-sets/Operator", ["tags", "history", "edit", "delete"]),
    guardrails: "/guardrails",
    "guardrail-new": "/guardrails/new",
    guardrail: "/guardrails/KeepLogs",
    "guardrail-delete": "/guardrails/KeepLogs/delete",
    assignments: "/assignments",
    "assignment-new": "/assignments/new",
    import: "/import",
    audit: "/audit",
    "recycle-bin": "/recycle-bin",
    "not-found": "/users/nobody",
  };
  return [
    ...Object.entries(inside).map(([name, rest]) => ({ name, path: AT + rest })),
    ...Object.entries(uploads ?? {}).map(([name, path]) => ({ name, path })),
    { name: "tenants", path: "/t/acme/tenants?open=acme.eng" },
    { name: "audit-record", path: event },
    { name: "overview-root", path: "/t/root" },
    { name: "tenants-root", path: "/t/root/tenants" },
    { name: "account", path: "/account" },
    { name: "jump", path: "/jump?q=ac" },
    { name: "styleguide", path: "/styleguide" },
    { name: "login", path: "/login", isOpen: true },
  ];
}

const tabs = (name, path, of) => Object.fromEntries(of.map((tab) => [`${name}-${tab.split("?")[0]}`, `${path}/${tab}`]));

/** Where the first link of a page that matches leads. */
async function first(context, url, selector) {
  const page = await context.newPage();
  await page.goto(url);
  const href = await page.locator(selector).first().getAttribute("href");
  await page.close();
  return href;
}
