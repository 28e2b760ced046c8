// The forms of a page as a test sees them: what can be typed into them, and how they are sent past the browser's own
// checks, so that the server's are seen.
import type { Locator, Page } from "@playwright/test";

import { send } from "./fixtures.ts";

/** A form that changes something. */
export interface PostForm {
  /** The server function it posts to, as in `users/create`. */
  action: string;
  /** Which of the forms of this action on the page, from 0. */
  nth: number;
  /** The names of fields of text, passwords among them. */
  text: string[];
  /** The names of fields of which one of a few values is chosen. */
  chosen: string[];
  /** The names of hidden fields. */
  hidden: string[];
  /** What it would send as it stands. */
  values: Record<string, string>;
}

const OF_TEXT = "input:not([type=hidden], [type=radio], [type=checkbox], [type=submit], [type=file], [type=date]), textarea";
const OF_CHOICE = "select, input[type=radio], input[type=checkbox], input[type=date], input[type=file]";

/** The forms in the main part of the page that change something. */
export async function formsOf(page: Page): Promise<PostForm[]> {
  const found = await page.locator("main form[method=post]").evaluateAll(
    (forms, [ofText = "", ofChoice = ""]) =>
      forms.map((form) => {
        const names = (selector: string) => [...new Set([...form.querySelectorAll(selector)].map((input) => input.getAttribute("name") ?? ""))];
        const action = form.getAttribute("action") ?? "";
        return { action: action.replace(/^\/api\//, ""), text: names(ofText), chosen: names(ofChoice), hidden: names("input[type=hidden]"), values: Object.fromEntries(new FormData(form as HTMLFormElement)) as Record<string, string> };
      }),
    [OF_TEXT, OF_CHOICE],
  );
  return found.map((form, at) => ({ ...form, nth: found.slice(0, at).filter(({ action }) => action === form.action).length }));
}

export function locate(page: Page, { action, nth }: Pick<PostForm, "action" | "nth">): Locator {
  return page.locator(`main form[method=post][action="/api/${action}"]`).nth(nth);
}

export function inputOf(form: Locator, name: string): Locator {
  return form.locator(`[name="${name}"]`);
}

/** Puts values into fields of a form, hidden ones as well, without any help or hindrance of the browser's. */
export async function put(form: Locator, values: Record<string, string>) {
  await form.evaluate((form, values) => {
    form.setAttribute("novalidate", "");
    for (const [name, value] of Object.entries(values)) {
      const input = form.querySelector(`[name="${CSS.escape(name)}"]`) as HTMLInputElement;
      input.value = value;
      // A choice that was never offered has to be made up.
      if (input instanceof HTMLSelectElement && input.value !== value) input.add(new Option(value, value, true, true));
    }
  }, values);
}

/** What stands in the fields of a form now, passwords left out. */
export function valuesOf(form: Locator): Promise<Record<string, string>> {
  return form.evaluate((form) => {
    const values: Record<string, string> = {};
    for (const input of form.querySelectorAll<HTMLInputElement>("input, select, textarea")) {
      const isChoice = input.type === "radio" || input.type === "checkbox";
      if (input.type !== "hidden" && input.type !== "password" && input.name && (!isChoice || input.checked)) values[input.name] = input.value;
    }
    return values;
  });
}

/** Sends a form by its own button. Gives the status of the page that it leads to. */
export function submit(page: Page, form: Locator): Promise<number> {
  return send(page, form.locator("button[type=submit], button:not([type])").first());
}
