// A small organisation with at least one of everything a page can show, made through the server functions.
import type { Person } from "./person.ts";

export const DOCUMENT = JSON.stringify(
  { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: ["iam:GetUser", "iam:ListUsers"], Resource: "*" }] },
  null,
  2,
);

const TRUST = JSON.stringify(
  { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }] },
  null,
  2,
);

/** The dump of an account in which somebody may administer, with a policy that only AWS knows. */
export function account(user: string) {
  const common = { Path: "/", CreateDate: "2023-03-09T10:41:45Z" };
  return {
    UserDetailList: [
      {
        ...common,
        UserName: user,
        UserId: `AIDA${user}`,
        Arn: `arn:aws:iam::111122223333:user/${user}`,
        GroupList: ["operators"],
        AttachedManagedPolicies: [{ PolicyName: "Unheard", PolicyArn: "arn:aws:iam::aws:policy/Unheard" }],
      },
    ],
    GroupDetailList: [
      {
        ...common,
        GroupName: "operators",
        GroupId: "AGPAoperators",
        Arn: "arn:aws:iam::111122223333:group/operators",
        GroupPolicyList: [{ PolicyName: "own", PolicyDocument: JSON.parse(DOCUMENT) }],
      },
    ],
    RoleDetailList: [],
    Policies: [],
  };
}
/** A guardrail that keeps nobody of the tests from anything. */
const GUARDRAIL = "KeepLogs";
const DENY = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Deny", Action: "logs:DeleteLogGroup", Resource: "*" }] }, null, 2);

/** The names of what an organisation holds. */
export interface Organisation {
  tenant: string;
  below: string;
  user: string;
  group: string;
  role: string;
  policy: string;
  set: string;
  /** The id of an event with a before and an after. */
  event: string;
  /** The id of an upload that waits to be confirmed. */
  upload: string;
  /** The path of an unused invitation link. */
  welcome: string;
}

/** Names of other things that pages of a tenant below the root tenant show. */
export interface Texts {
  displayName: string;
  description: string;
  tagValue: string;
}

const PLAIN: Texts = { displayName: "Ada Lovelace", description: "What readers may do", tagValue: "core" };

export async function makeOrganisation(by: Person, slug: string, texts: Texts = PLAIN): Promise<Organisation> {
  const tenant = slug;
  const made = { tenant, below: `${slug}.eng`, user: "lovelace", group: "readers", role: "runner", policy: "ReadUsers", set: "Night shift" };
  const { user, group, role, policy, set } = made;
  await by.done("tenants/create", { tenant: "root", slug, display_name: texts.displayName });
  await by.done("tenants/create", { tenant, slug: "eng", display_name: "Engineering" });
  await by.done("users/create", {
    tenant,
    "draft[user_name]": user,
    "draft[path]": "/eng/",
    "draft[display_name]": texts.displayName,
    "draft[email]": "ada@example.org",
  });
  await by.done("groups/create", { tenant, "draft[group_name]": group, "draft[path]": "/eng/" });
  await by.done("groups/add-member", { tenant, name: group, user_name: user });
  await by.done("roles/create", {
    tenant,
    "draft[role_name]": role,
    "draft[path]": "/",
    "draft[description]": texts.description,
    "draft[max_session_duration]": "3600",
    trust: TRUST,
  });
  await by.done("policies/create", {
    tenant,
    "draft[policy_name]": policy,
    "draft[path]": "/",
    "draft[description]": texts.description,
    document: DOCUMENT,
  });
  await by.done("policies/save-version", { tenant, name: policy, version: "1", document: DOCUMENT.replace("iam:GetUser", "iam:GetGroup") });
  await by.done("sso/create-set", { tenant, name: set, description: texts.description, session_hours: "8" });
  const arn = (await by.get(`/t/${tenant}/policies/${policy}`)).text.match(/arn:[^"<\s]*policy\/[^"<\s]*/)?.[0] ?? "";
  for (const [kind, name] of [["user", user], ["group", group], ["role", role], ["permission-set", set]] as const) {
    await by.done("owners/attach", { tenant, kind, name, policy_arn: arn });
    await by.done("owners/put-inline", { tenant, kind, name, policy_name: "own", document: DOCUMENT });
    await by.done("owners/put-tag", { tenant, kind, name, key: "team", value: texts.tagValue });
  }
  await by.done("owners/put-boundary", { tenant, kind: "role", name: role, boundary_arn: arn });
  await by.done("guardrails/create", { tenant, name: GUARDRAIL, document: DENY });
  await by.done("sso/assign", { tenant, kind: "group", principal: group, set: await idOfSet(by, tenant, set), reach: "subtree", until: "" });
  await by.done("users/create", { tenant, "draft[user_name]": "gone", "draft[path]": "/", "draft[display_name]": texts.displayName });
  await by.done("users/delete", { tenant, name: "gone", typed: "gone" });
  const welcome = await by.invite(tenant, user);
  const upload = await by.upload(tenant, account("grace"));
  const event = (await by.get(`/t/${tenant}/audit?q=action%3Aiam%3ACreateUser`)).text.match(new RegExp(`/t/${tenant}/audit/([0-9a-f-]{36})`))?.[1] ?? "";
  return { ...made, event, upload, welcome };
}

/** The id by which a permission set is assigned in a tenant: its own, or one of a tenant above, such as `Administrator`. */
export async function idOfSet(by: Person, tenant: string, name: string): Promise<string> {
  const { text } = await by.get(`/t/${tenant}/assignments/new`);
  const id = [...text.matchAll(/<option value="([^"]+)"[^>]*>([^<]*)/g)].find(([, , label]) => label?.startsWith(name))?.[1];
  if (!id) throw new Error(`${name} cannot be assigned in ${tenant}`);
  return id;
}

/** Where the pages of an organisation are, by the path of their route as `src/app/routes.rs` writes it. */
export function examples({ tenant, user, group, role, policy, set, event, upload, welcome }: Organisation): Record<string, string[]> {
  const at = (rest: string) => `/t/${tenant}${rest}`;
  const tabs = (section: string, name: string, ...tabs: string[]) => tabs.map((tab) => at(`/${section}/${encodeURIComponent(name)}/${tab}`));
  return {
    "/login": ["/login"],
    "/welcome/:token": [welcome],
    "/account": ["/account"],
    "/jump": ["/jump", "/jump?q=e"],
    "/styleguide": ["/styleguide"],
    "/t/:tenant": [at(""), "/t/root"],
    "/t/:tenant/tenants": [at("/tenants"), "/t/root/tenants"],
    "/t/:tenant/tenants/new": [at("/tenants/new")],
    "/t/:tenant/settings": [at("/settings"), "/t/root/settings"],
    "/t/:tenant/users": [at("/users"), at("/users?q=love"), at("/users?q=nobody")],
    "/t/:tenant/users/new": [at("/users/new")],
    "/t/:tenant/users/:name": [at(`/users/${user}`)],
    "/t/:tenant/users/:name/:tab": tabs("users", user, "groups", "permissions", "credentials", "sessions", "tags", "history", "edit", "delete"),
    "/t/:tenant/groups": [at("/groups")],
    "/t/:tenant/groups/new": [at("/groups/new")],
    "/t/:tenant/groups/:name": [at(`/groups/${group}`)],
    "/t/:tenant/groups/:name/:tab": tabs("groups", group, "permissions", "tags", "history", "edit", "delete"),
    "/t/:tenant/audit": [at("/audit"), at("/audit?q=outcome%3Arefused")],
    "/t/:tenant/audit/:id": [at(`/audit/${event}`)],
    "/t/:tenant/import": [at("/import")],
    "/t/:tenant/import/:id": [at(`/import/${upload}`)],
    "/t/:tenant/guardrails": [at("/guardrails"), "/t/root/guardrails"],
    "/t/:tenant/guardrails/new": [at("/guardrails/new")],
    "/t/:tenant/guardrails/:name": [at(`/guardrails/${GUARDRAIL}`)],
    "/t/:tenant/guardrails/:name/delete": [at(`/guardrails/${GUARDRAIL}/delete`)],
    "/t/:tenant/recycle-bin": [at("/recycle-bin")],
    "/t/:tenant/roles": [at("/roles")],
    "/t/:tenant/roles/new": [at("/roles/new")],
    "/t/:tenant/roles/:name": [at(`/roles/${role}`)],
    "/t/:tenant/roles/:name/:tab": tabs("roles", role, "trust", "facts", "tags", "history", "edit", "delete"),
    "/t/:tenant/policies": [at("/policies")],
    "/t/:tenant/policies/new": [at("/policies/new")],
    "/t/:tenant/policies/:name": [at(`/policies/${policy}`)],
    "/t/:tenant/policies/:name/:tab": tabs("policies", policy, "versions", "compare?with=v1", "attachments", "facts", "history", "edit", "delete"),
    "/t/:tenant/permission-sets": [at("/permission-sets"), "/t/root/permission-sets"],
    "/t/:tenant/permission-sets/new": [at("/permission-sets/new")],
    "/t/:tenant/permission-sets/:name": [at(`/permission-sets/${encodeURIComponent(set)}`), "/t/root/permission-sets/Administrator"],
    "/t/:tenant/permission-sets/:name/:tab": tabs("permission-sets", set, "tags", "history", "edit", "delete"),
    "/t/:tenant/assignments": [at("/assignments")],
    "/t/:tenant/assignments/new": [at("/assignments/new")],
  };
}
