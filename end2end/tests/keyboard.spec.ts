// The console without a mouse.
import type { Page } from "@playwright/test";

import { ADMINISTRATOR, expect, field, hydrated, open, test } from "../fixtures.ts";

test("from signing in to a new user without a mouse", async ({ page }) => {
  await open(page, "/login");
  await expect(page.getByRole("textbox", { name: "Name" })).toBeFocused();
  await page.keyboard.type(ADMINISTRATOR.name);
  await page.keyboard.press("Tab");
  await page.keyboard.type(ADMINISTRATOR.password);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page).toHaveURL(/\/(t\/root|account)/);
  await hydrated(page);

  await open(page, "/t/root");
  await tabTo(page, "Users");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/t\/root\/users$/);
  await hydrated(page);
  await tabTo(page, "Create user");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/users\/new$/);
  await hydrated(page);

  // A name that cannot be: the focus goes to what is wrong, from there to its field.
  await expect(field(page, "User name")).toBeFocused();
  await page.keyboard.type("two words");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert").first()).toBeFocused();
  await hydrated(page);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(field(page, "User name")).toBeFocused();
  await page.keyboard.press("Control+A");
  await page.keyboard.type("by.keyboard");
  await tabTo(page, "Create user");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/users\/by\.keyboard$/);
});

test("the first stop leads past the navigation", async ({ administrator, context, page }) => {
  await administrator.enter(context);
  await open(page, "/t/root/users");
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to content" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(page.locator("#main")).toBeFocused();
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.closest("main") !== null)).toBe(true);
});

test("every stop of the keyboard can be seen", async ({ administrator, context, page }) => {
  await administrator.enter(context);
  for (const address of ["/t/root/users", "/t/root/assignments/new", "/account"]) {
    await open(page, address);
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    const stops = new Set<string>();
    for (let count = 0; count < 80; count++) {
      await page.keyboard.press("Tab");
      const stop = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return undefined;
        const shows = (style: CSSStyleDeclaration) => style.content !== "none" && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
        // What surrounds a field, or lies over a link, may be what shows it.
        let isShown = false;
        for (let at: Element | null = element; at && at !== document.body && !isShown; at = at.parentElement) {
          isShown = shows(getComputedStyle(at)) || shows(getComputedStyle(at, "::after"));
        }
        const { width, height } = element.getBoundingClientRect();
        const all = [...document.querySelectorAll("*")];
        return { at: `${all.indexOf(element)} ${element.outerHTML.slice(0, 80)}`, isShown: isShown && width > 0 && height > 0 };
      });
      if (stop === undefined || stops.has(stop.at)) break;
      stops.add(stop.at);
      expect(stop.isShown, `the focus on ${stop.at} of ${address}`).toBe(true);
    }
    expect(stops.size, `stops of ${address}`).toBeGreaterThan(8);
  }
});

test("a slash leads to the filter, Ctrl-K to any tenant", async ({ administrator, context, page, isHydrated }) => {
  await administrator.done("tenants/create", { tenant: "root", slug: "keys", display_name: "Keyboards" });
  await administrator.enter(context);
  await open(page, "/t/root/users");
  if (!isHydrated) {
    // Without scripts the same is a link, and a page.
    await tabTo(page, "Search or jump to…");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("searchbox", { name: "Find a tenant" })).toBeFocused();
    await page.keyboard.type("keyb");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("table", { name: "Tenants" }).getByRole("link", { name: "Keyboards" })).toBeVisible();
    return;
  }
  const filter = page.getByRole("searchbox", { name: "Filter users" });
  await page.keyboard.press("/");
  await expect(filter).toBeFocused();
  await page.keyboard.press("/");
  await expect(filter).toHaveValue("/");

  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Jump to a tenant" });
  const input = palette.getByRole("combobox");
  await expect(input).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(palette).toHaveCount(0);
  await expect(filter).toBeFocused();

  await page.keyboard.press("Control+k");
  await page.keyboard.type("keyb");
  await expect(palette.getByRole("option")).toHaveCount(1);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/t\/keys$/);
});

/** Presses Tab until the link or button of that name has the focus. */
async function tabTo(page: Page, name: string) {
  for (let count = 0; count < 80; count++) {
    await page.keyboard.press("Tab");
    const text = await page.evaluate(() => document.activeElement?.textContent?.replace(/\d[\d,]*$/, "").trim());
    if (text?.startsWith(name)) return;
  }
  expect(false, `${name} cannot be reached by the keyboard`).toBe(true);
}
