// Somebody signed in without a browser: prepares what a test needs, and calls server functions as any program could that
// holds the cookie of a session.
import type { BrowserContext } from "@playwright/test";

const SESSION = "__Host-wami";

export type Fields = Record<string, string>;

export interface Answer {
  status: number;
  /** The error of a refused call; undefined when it was done. */
  error?: { code: string; message: string; fields?: { field: string; message: string }[] };
}

export interface Shown {
  status: number;
  text: string;
}

export class Person {
  readonly #baseURL: string;
  readonly #cookies = new Map<string, string>();

  private constructor(baseURL: string) {
    this.#baseURL = baseURL;
  }

  /** Nobody yet. */
  static stranger(baseURL: string): Person {
    return new Person(baseURL);
  }

  static async signIn(baseURL: string, name: string, password: string): Promise<Person> {
    const person = new Person(baseURL);
    await person.done("account/sign-in", { name, password });
    return person;
  }

  /** Whoever the browser is signed in as. */
  static async of(context: BrowserContext, baseURL: string): Promise<Person> {
    const person = new Person(baseURL);
    for (const { name, value } of await context.cookies(baseURL)) person.#cookies.set(name, value);
    return person;
  }

  /** Lets a browser go on as this person. */
  async enter(context: BrowserContext) {
    const value = this.#cookies.get(SESSION);
    if (value === undefined) throw new Error("only somebody signed in can enter");
    const domain = new URL(this.#baseURL).hostname;
    await context.addCookies([{ name: SESSION, value, domain, path: "/", secure: true, httpOnly: true, sameSite: "Lax" }]);
  }

  /** Calls a server function, named by the end of its address, as an island would. */
  async call(name: string, fields: Fields): Promise<Answer> {
    const response = await this.#send(`/api/${name}`, "application/json", fields);
    const text = await response.text();
    return response.ok ? { status: response.status } : { status: response.status, error: JSON.parse(text) };
  }

  /** The same, where anything but success is a fault of the test. */
  async done(name: string, fields: Fields) {
    const { status, error } = await this.call(name, fields);
    if (error) throw new Error(`${name} ${JSON.stringify(fields)}: ${status} ${JSON.stringify(error)}`);
  }

  /** Posts a form as a browser does, and gives the page that it leads to. */
  async submit(name: string, fields: Fields, from = "/account"): Promise<Shown> {
    const response = await this.#send(`/api/${name}`, "text/html", fields, from);
    await response.text();
    return this.get(response.headers.get("location") ?? "/");
  }

  /** A page, without following redirects. */
  async get(path: string): Promise<Shown> {
    const response = await this.#send(path, "text/html");
    return { status: response.status, text: await response.text() };
  }

  /** Has an invitation or reset link made for a user; gives its path. */
  async invite(tenant: string, name: string): Promise<string> {
    const { text } = await this.submit("users/create-link", { tenant, name });
    const link = text.match(/\/welcome\/[\w-]+/)?.[0];
    if (!link) throw new Error(`no link for ${name}@${tenant}`);
    return link;
  }

  /** Gives a user a password, and signs in as it. */
  async activate(tenant: string, name: string, password: string): Promise<Person> {
    const token = (await this.invite(tenant, name)).split("/").pop() ?? "";
    await Person.stranger(this.#baseURL).done("account/accept-link", { token, password, repeated: password });
    return Person.signIn(this.#baseURL, `${name}@${tenant}`, password);
  }

  /** Sends the dump of an account for import, waits until it is checked, and gives the id of the upload. */
  async upload(tenant: string, dump: object): Promise<string> {
    const form = new FormData();
    form.append("file", new Blob([JSON.stringify(dump)], { type: "application/json" }), "account.json");
    const response = await this.#send(`/api/import/${tenant}/upload`, "text/html", form, `/t/${tenant}/import`);
    await response.text();
    const page = response.headers.get("location") ?? "";
    while ((await this.get(page)).text.includes('http-equiv="refresh"'));
    return page.split("/").pop() ?? "";
  }

  async #send(path: string, accept: string, fields?: Fields | FormData, from?: string): Promise<Response> {
    const headers: Record<string, string> = { accept };
    if (this.#cookies.size > 0) headers.cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    if (from) headers.referer = this.#baseURL + from;
    const body = fields instanceof FormData ? fields : fields && new URLSearchParams(fields);
    const response = await fetch(this.#baseURL + path, { method: body ? "POST" : "GET", headers, body, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const at = pair.indexOf("=");
      if (/max-age=0(;|$)/i.test(line)) this.#cookies.delete(pair.slice(0, at));
      else this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return response;
  }
}
