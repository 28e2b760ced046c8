// Whether the style sheets take every colour, space, radius and size from the tokens.
import fs from "node:fs";
import path from "node:path";

const LENGTH = /(?<![\w-])-?\d*\.?\d+(px|rem|em|pt|cm|mm|in|ch|ex|vw|vh|dvh|svh|lvh|vmin|vmax)(?![\w-])/g;
const COLOUR = /#[0-9a-f]{3,8}\b|\b(rgba?|hsla?|hwb|lab|lch|oklab|oklch)\(|(?<![\w-])(white|black|red|green|blue|gray|grey|silver|navy|orange|yellow|purple|teal|pink)(?![\w-])/gi;
const PLAIN = /^(font-size|font-weight|letter-spacing|line-height|border-radius|z-index|box-shadow)$/;

/** All files of a folder, in order. */
function sheets(folder) {
  return fs
    .readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith(".css"))
    .sort();
}

/** Declarations whose value is a literal that only `tokens.css` may hold, as sentences. */
export function styleFaults(folder) {
  const found = [];
  const tokens = new Set(fs.readFileSync(path.join(folder, "tokens.css"), "utf8").match(/--[\w-]+(?=:)/g));
  for (const file of sheets(folder).filter((file) => file !== "tokens.css")) {
    const text = fs.readFileSync(path.join(folder, file), "utf8").replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "));
    text.split("\n").forEach((line, index) => {
      const declaration = line.match(/(?:^|[{;])\s*(-{0,2}[a-z-]+)\s*:\s*([^;{}]+);?/);
      if (!declaration || line.trim().startsWith("@")) return;
      const [, property, value] = declaration;
      const where = `style/${file}:${index + 1}: ${property}: ${value.trim()}`;
      if (value.match(LENGTH) || value.match(COLOUR)) found.push(`${where} is not a token`);
      if (PLAIN.test(property) && /^\d/.test(value.trim()) && value.trim() !== "0") found.push(`${where} is not a token`);
      for (const name of value.match(/(?<=var\()--[\w-]+/g) ?? []) {
        if (!tokens.has(name) && !text.includes(`${name}:`)) found.push(`${where} uses a token that is not there`);
      }
    });
  }
  return found;
}
