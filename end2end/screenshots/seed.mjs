// An organisation to look at, made through the same server functions as people use. The same every time.

const TRUST = JSON.stringify(
  { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }] },
  null,
  2,
);

const allow = (sid, actions, resource) => ({ Sid: sid, Effect: "Allow", Action: actions, Resource: resource });
const written = (...statements) => JSON.stringify({ Version: "2012-10-17", Statement: statements }, null, 2);

const PEOPLE = `aino.virtanen Aino Virtanen platform|b.okafor Blessing Okafor platform|carlos.mendez Carlos Méndez data
d.kowalska Dorota Kowalska tools|e.nguyen Em Nguyen platform|fatima.hassan Fatima Hassan support|g.rossi Giulia Rossi data
h.svensson Hanna Svensson security|i.tanaka Ichiro Tanaka security|k.dubois Karim Dubois tools|l.petrov Lena Petrov data
m.silva Marta Silva support|n.osei Nana Osei platform|o.larsen Olav Larsen tools|p.ivanova Polina Ivanova data
q.zhang Qiu Zhang platform|r.haddad Rami Haddad support|s.novak Saša Novak security|t.murphy Tara Murphy tools
u.fischer Uwe Fischer data|v.costa Vera Costa platform|w.kim Woo-jin Kim data|y.diallo Yacine Diallo support|z.ahmed Zahra Ahmed tools`
  .split(/[|\n]/)
  .map((line) => line.split(" "))
  .map(([name, first, last, team]) => ({ name, shown: `${first} ${last}`, team }));

const TENANTS = [
  ["root", "acme", "Acme Corporation"],
  ["acme", "eng", "Engineering"],
  ["acme.eng", "platform", "Platform"],
  ["acme.eng", "data", "Data"],
  ["acme.eng", "labs", "Labs"],
  ["acme", "finance", "Finance"],
  ["acme", "contractors", "Contractors"],
  ["root", "globex", "Globex"],
  ["root", "initech", "Initech"],
];

const READ_LAKE = allow("ReadLake", ["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::data-lake", "arn:aws:s3:::data-lake/*"]);
const DEPLOY = allow("Deploy", ["lambda:UpdateFunctionCode", "iam:PassRole"], "*");

const POLICIES = [
  ["DataLake", "/data/", "Read the lake, and deploy what fills it", written(READ_LAKE)],
  ["ReadIam", "/", "Look at users, groups, roles and policies", written(allow("Read", ["iam:Get*", "iam:List*"], "*"))],
  ["DeployPipeline", "/ci/", "What the delivery pipeline needs", written(DEPLOY)],
  ["LogsReadOnly", "/", "Read logs of every service", written(allow("Logs", ["logs:Get*", "logs:FilterLogEvents"], "*"))],
  ["SupportDesk", "/support/", "Look customers up", written(allow("Customers", "dynamodb:Query", "arn:aws:dynamodb:eu-west-1:402718835512:table/customers"))],
  ["TeamBoundary", "/boundaries/", "The most that people of a team can ever do", written(allow("Most", ["s3:*", "logs:*", "lambda:*", "dynamodb:*"], "*"))],
  ["NoDeletes", "/guardrails/", "Logs are kept", written(allow("All", "*", "*"), { Sid: "KeepLogs", Effect: "Deny", Action: ["logs:DeleteLogGroup", "s3:DeleteBucket"], Resource: "*" })],
  ["KeyRotation", "/security/", "Rotate keys of others", written(allow("Keys", ["iam:UpdateAccessKey", "iam:ListAccessKeys"], "*"))],
];

/** A browser of a person who is signed in, for calls without pages. */
class Caller {
  #cookie = "";

  constructor(address) {
    this.address = address;
  }

  /** Calls a server function; anything but success is an error that tells its answer. */
  async call(path, fields) {
    const response = await fetch(this.address + path, {
      method: "POST",
      headers: { cookie: this.#cookie, accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(fields),
      redirect: "manual",
    });
    const cookie = response.headers.getSetCookie().find((text) => text.startsWith("__Host-wami="));
    if (cookie) this.#cookie = cookie.split(";")[0];
    const text = await response.text();
    if (response.status >= 400) throw new Error(`${path} ${JSON.stringify(fields)}: ${response.status} ${text}`);
  }

  /** Sends a dump; gives the page of its upload. */
  async upload(tenant, dump) {
    const form = new FormData();
    form.set("file", new Blob([JSON.stringify(dump)], { type: "application/json" }), "account.json");
    const response = await fetch(`${this.address}/api/import/${tenant}/upload`, {
      method: "POST",
      headers: { cookie: this.#cookie, accept: "text/html" },
      body: form,
      redirect: "manual",
    });
    const location = response.headers.get("location");
    if (response.status !== 303 || !location?.includes("/import/")) throw new Error(`the upload was not taken: ${response.status} ${location}`);
    return location;
  }

  /** The text of a page. */
  async page(path) {
    const response = await fetch(this.address + path, { headers: { cookie: this.#cookie, accept: "text/html" } });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.text();
  }
}

/** Who may see it all. */
export const PERSON = { name: "mona", password: "a long walk by the canal" };

/** The dump of an account; one of its groups is missing if `isFaulty`. */
function dump(isFaulty) {
  const common = { Path: "/", CreateDate: "2023-03-09T10:41:45Z" };
  const arn = (kind, name) => `arn:aws:iam::111122223333:${kind}/${name}`;
  const admins = {
    ...common,
    GroupName: "admins",
    GroupId: "AGPAADMINS",
    Arn: arn("group", "admins"),
    GroupPolicyList: [{ PolicyName: "all-of-iam", PolicyDocument: JSON.parse(written(allow("All", "iam:*", "*"))) }],
  };
  return {
    UserDetailList: ["ana.reyes", "j.smith", "svc-inventory-synchronisation"].map((name) => ({
      ...common,
      UserName: name,
      UserId: `AIDA${name.toUpperCase().replace(/[^A-Z]/g, "")}`,
      Arn: arn("user", name),
      GroupList: ["admins"],
      AttachedManagedPolicies: [{ PolicyName: "Unheard", PolicyArn: "arn:aws:iam::aws:policy/Unheard" }],
    })),
    GroupDetailList: isFaulty ? [] : [admins],
    RoleDetailList: ["eu-central-1", "us-east-2"].map((region) => ({
      ...common,
      RoleName: `AWS-QuickSetup-EnableConfigurationRecording-${region}`,
      RoleId: `AROA${region.toUpperCase().replace(/[^A-Z]/g, "")}`,
      Arn: arn("role", `AWS-QuickSetup-EnableConfigurationRecording-${region}`),
      AssumeRolePolicyDocument: JSON.parse(TRUST),
      RolePolicyList: [{ PolicyName: "QuickSetupEnableExplorerInlinePolicy", PolicyDocument: JSON.parse(written(allow("Roles", ["iam:ListRoles", "iam:GetRole"], "*"))) }],
    })),
    Policies: [],
  };
}

/** Fills the console behind the set-up link; gives who may see it all, and uploads on their way in. */
export async function seed(address, setUpLink) {
  const person = PERSON;
  const mona = new Caller(address);
  await mona.call("/api/account/setup", {
    token: new URL(setUpLink).pathname.split("/").pop(),
    user_name: person.name,
    display_name: "Mona Okonkwo",
    email: "mona@example.org",
    password: person.password,
    repeated: person.password,
  });
  await mona.call("/api/account/sign-in", { name: person.name, password: person.password });

  for (const [tenant, slug, display_name] of TENANTS) await mona.call("/api/tenants/create", { tenant, slug, display_name });
  const at = "acme.eng";
  await people(mona, at);
  for (const tenant of ["acme", "acme.finance", "globex"]) {
    for (const { name, shown } of PEOPLE.slice(3, tenant === "acme" ? 9 : 5)) {
      await mona.call("/api/users/create", { tenant, "draft[user_name]": name, "draft[display_name]": shown });
    }
  }
  await policies(mona, at);
  await owners(mona, at);
  await access(mona, at);
  await bounds(mona, at);
  await mona.call("/api/tenants/suspend", { tenant: "acme.contractors", version: "1" });
  await mona.call("/api/users/set-enabled", { tenant: at, name: "o.larsen", version: "1", enabled: "false" });
  for (const [kind, name] of [["users", "w.kim"], ["users", "y.diallo"]]) await mona.call(`/api/${kind}/delete`, { tenant: at, name, typed: name });
  const uploads = { "import-plan": await mona.upload("acme.finance", dump(false)), "import-refused": await mona.upload("acme.finance", dump(true)) };
  return { ...person, uploads };
}

async function people(mona, tenant) {
  for (const { name, shown, team } of PEOPLE) {
    await mona.call("/api/users/create", {
      tenant,
      "draft[user_name]": name,
      "draft[display_name]": shown,
      "draft[email]": `${name}@example.org`,
      "draft[path]": `/eng/${team}/`,
    });
    await mona.call("/api/owners/put-tag", { tenant, kind: "user", name, key: "team", value: team });
  }
  await mona.call("/api/users/create", { tenant, "draft[user_name]": "ci-deploy", "draft[path]": "/eng/ci/" });
  await mona.call("/api/owners/put-tag", { tenant, kind: "user", name: "b.okafor", key: "cost-centre", value: "4411" });
  await mona.call("/api/owners/put-tag", { tenant, kind: "user", name: "b.okafor", key: "on-call", value: "" });
  for (const team of ["platform", "data", "security", "support", "tools"]) {
    await mona.call("/api/groups/create", { tenant, "draft[group_name]": team, "draft[path]": "/eng/" });
    for (const member of PEOPLE.filter((member) => member.team === team)) {
      await mona.call("/api/groups/add-member", { tenant, name: team, user_name: member.name });
    }
  }
  await mona.call("/api/groups/create", { tenant, "draft[group_name]": "auditors", "draft[path]": "/" });
  await mona.call("/api/groups/add-member", { tenant, name: "auditors", user_name: "b.okafor" });
}

async function policies(mona, tenant) {
  for (const [name, path, description, document] of POLICIES) {
    await mona.call("/api/policies/create", { tenant, "draft[policy_name]": name, "draft[path]": path, "draft[description]": description, document });
  }
  const name = "DataLake";
  await mona.call("/api/policies/save-version", { tenant, name, version: "1", document: written(READ_LAKE, DEPLOY) });
  for (const [name, path] of [["build-runner", "/ci/"], ["lake-loader", "/data/"], ["break-glass", "/"], ["nightly-report", "/data/"]]) {
    await mona.call("/api/roles/create", {
      tenant,
      "draft[role_name]": name,
      "draft[path]": path,
      "draft[description]": `Used by ${name.replace("-", " ")}`,
      trust: TRUST,
    });
  }
}

async function owners(mona, tenant) {
  const list = await mona.page(`/t/${tenant}/policies`);
  const account = list.match(/arn:[a-z]+:iam::(\d{12}):/)?.[1] ?? (await mona.page(`/t/${tenant}/policies/DataLake`)).match(/arn:[a-z]+:iam::(\d{12}):/)[1];
  const arn = (name) => `arn:aws:iam::${account}:policy${POLICIES.find(([policy]) => policy === name)[1]}${name}`;
  const attach = (kind, name, policy) => mona.call("/api/owners/attach", { tenant, kind, name, policy_arn: arn(policy) });
  await attach("group", "data", "DataLake");
  await attach("group", "platform", "DeployPipeline");
  await attach("group", "auditors", "ReadIam");
  await attach("group", "support", "SupportDesk");
  await attach("user", "b.okafor", "LogsReadOnly");
  await attach("role", "build-runner", "DeployPipeline");
  await attach("role", "lake-loader", "DataLake");
  await mona.call("/api/owners/put-inline", {
    tenant,
    kind: "user",
    name: "b.okafor",
    policy_name: "ci-pass",
    document: written(allow("Pass", "iam:PassRole", `arn:aws:iam::${account}:role/ci/build-runner`)),
  });
}

const KEEP_LOGS = { Sid: "KeepLogs", Effect: "Deny", Action: ["logs:DeleteLogGroup", "logs:PutRetentionPolicy"], Resource: "*" };
const NO_KEYS = { Sid: "NoKeys", Effect: "Deny", Action: "iam:CreateAccessKey", Resource: "*" };

async function bounds(mona, tenant) {
  const page = await mona.page(`/t/${tenant}/policies/TeamBoundary`);
  const boundary_arn = page.match(/data-copy="(arn:[^"]+)"/)[1];
  for (const name of ["b.okafor", "e.nguyen"]) await mona.call("/api/owners/put-boundary", { tenant, kind: "user", name, boundary_arn });
  await mona.call("/api/guardrails/create", { tenant: "acme", name: "NoAccessKeys", document: written(NO_KEYS) });
  await mona.call("/api/guardrails/create", { tenant, name: "KeepLogs", document: written(KEEP_LOGS) });
}

async function access(mona, tenant) {
  await mona.call("/api/sso/create-set", { tenant, name: "Operator", description: "Keeps services running", session_hours: "4" });
  const form = await mona.page(`/t/${tenant}/assignments/new`);
  const sets = new Map([...form.matchAll(/<option[^>]*value="([0-9a-f-]{36})"[^>]*>([^<]+)</g)].map(([, id, label]) => [label.replace(/ \(of .*\)$/, "").trim(), id]));
  const assign = (kind, principal, set, reach, until = "") =>
    mona.call("/api/sso/assign", { tenant, kind, principal, set: sets.get(set) ?? "", reach, until });
  await assign("group", "auditors", "Security auditor", "subtree");
  await assign("group", "support", "Help desk", "subtree");
  await assign("group", "platform", "Operator", "tenant");
  await assign("user", "aino.virtanen", "Administrator", "subtree");
  await assign("user", "h.svensson", "Security auditor", "tenant", "2031-04-01");
}
