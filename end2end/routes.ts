// The pages of the console, read from where they are declared. A test of the server's keeps this list equal to the router's.
import { readFileSync } from "node:fs";
import path from "node:path";

const source = readFileSync(path.resolve(import.meta.dirname, "../src/app/routes.rs"), "utf8");

/** The path of every route, as in `/t/:tenant/users/:name`. */
export const ROUTES: readonly string[] = [...source.matchAll(/path!\("([^"]+)"\)/g)].map(([, route]) => route ?? "");

/** Of no use to a later visit, and opened by set-up.spec.ts before every other test. */
export const FIRST_VISIT = "/setup/:token";

/** The route that an address belongs to, the most literal one first as in the router; undefined for what is no page. */
export function routeOf(address: string): string | undefined {
  const parts = (address.split(/[?#]/)[0] ?? "").split("/");
  const fitting = ROUTES.filter((route) => {
    const wanted = route.split("/");
    return wanted.length === parts.length && wanted.every((want, at) => want === parts[at] || (want.startsWith(":") && parts[at] !== ""));
  });
  const parameters = (route: string) => route.split("/").filter((part) => part.startsWith(":")).length;
  return fitting.sort((one, other) => parameters(one) - parameters(other))[0];
}
