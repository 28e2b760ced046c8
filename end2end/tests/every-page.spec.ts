// Every page that the router knows is opened with real names in it. A route without an example address fails, and so does
// a link or a tab that leads to no page opened here.
import { expect, expectAccessible, open, test } from "../fixtures.ts";
import { examples, type Organisation } from "../organisation.ts";
import { FIRST_VISIT, ROUTES, routeOf } from "../routes.ts";

test.beforeEach(async ({ administrator, context }) => administrator.enter(context));

test("every example belongs to its route", ({ organisation }) => {
  for (const [route, addresses] of Object.entries(examples(organisation))) {
    for (const address of addresses) expect(routeOf(address), address).toBe(route);
  }
});

for (const route of ROUTES.filter((route) => route !== FIRST_VISIT)) {
  test(route, async ({ organisation, page }) => {
    const addresses = examples(organisation)[route] ?? [];
    expect(addresses, "example addresses of the route, in organisation.ts").not.toEqual([]);
    for (const address of addresses) {
      await test.step(address, async () => {
        expect(await open(page, address), address).toBe(200);
        // The style guide shows the parts that hold a heading.
        if (route !== "/styleguide") await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
        await expectAccessible(page);
        const links = await page.locator("a[href^='/']").evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
        const lost = links.filter((link) => route !== "/styleguide" && !isOpened(organisation, link));
        expect(lost, `links of ${address} that lead to no page opened here`).toEqual([]);
      });
    }
  });
}

/** Whether a link leads to a page of which an example is opened: the same route and, where it has tabs, the same tab. */
function isOpened(organisation: Organisation, link: string): boolean {
  const route = routeOf(link);
  if (route === undefined) return false;
  const tab = (address: string) => (route.endsWith("/:tab") ? address.split(/[?#]/)[0]?.split("/").pop() : "");
  return (examples(organisation)[route] ?? []).some((address) => tab(address) === tab(link));
}
