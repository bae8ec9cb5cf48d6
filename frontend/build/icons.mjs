// One SVG sprite of the Tabler icons named in icons.txt.
import { readFile } from "node:fs/promises";
import { FRONTEND, MODULES } from "./paths.mjs";

export async function buildIcons(output) {
  const list = await readFile(`${FRONTEND}/icons.txt`, "utf8");
  const names = list.split("\n").map((line) => line.trim()).filter((line) => line && !line.startsWith("#"));
  const symbols = await Promise.all(names.map(symbol));
  await output.add("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`);
  await output.add("favicon.svg", await readFile(`${FRONTEND}/src/favicon.svg`));
}

async function symbol(name) {
  const style = name.endsWith("-filled") ? "filled" : "outline";
  const file = `${MODULES}/@tabler/icons/icons/${style}/${name.replace(/-filled$/, "")}.svg`;
  const svg = await readFile(file, "utf8").catch(() => {
    throw new Error(`icons.txt names "${name}", which @tabler/icons does not have`);
  });
  const shapes = svg.replace(/<!--[\s\S]*?-->/g, "").replace(/^[\s\S]*?<svg[^>]*>/, "").replace("</svg>", "");
  return `<symbol id="${name}" viewBox="0 0 24 24">${shapes.replace(/\s*\n\s*/g, "")}</symbol>`;
}
