// Tabler, cut down to what the templates use, then our theme. "auto" follows the reader's system without any script.
import { readFile } from "node:fs/promises";
import { transform } from "esbuild";
import postcss from "postcss";
import { PurgeCSS } from "purgecss";
import { FRONTEND, MODULES, ROOT } from "./paths.mjs";

const CONTENT = [`${ROOT}/app/**/templates/**/*.html`, `${ROOT}/app/**/*.py`, `${FRONTEND}/src/**/*.ts`];
const FOREIGN_THEMES = /\[data-theme|navbar-theme|body\[data-bs-theme/;
const ATTRIBUTE = "[data-bs-theme=dark]";

export async function buildStyles(output, fonts) {
  const tabler = await purged(await readFile(`${MODULES}/@tabler/core/dist/css/tabler.min.css`, "utf8"));
  const own = await readFile(`${FRONTEND}/src/theme.css`, "utf8");
  await output.add("app.css", await minified(`${fonts}\n${tabler}\n${own}`));
  await output.add("site.css", await minified(await readFile(`${FRONTEND}/src/site.css`, "utf8")));
  await output.add("domains.css", await minified(await readFile(`${FRONTEND}/src/domains.css`, "utf8")));
  await output.add("mail.css", await minified(await readFile(`${FRONTEND}/src/mail.css`, "utf8")));
  await output.add("reports.css", await minified(await readFile(`${FRONTEND}/src/reports.css`, "utf8")));
  await output.add("writer.css", await minified(await readFile(`${FRONTEND}/src/writer.css`, "utf8")));
}

// The targets know light-dark(), which the theme is built on.
async function minified(css) {
  const { code } = await transform(css, { loader: "css", minify: true, target: ["chrome123", "firefox121", "safari17.5"] });
  return code;
}

async function purged(css) {
  const [result] = await new PurgeCSS().purge({
    content: CONTENT,
    css: [{ raw: oneThemeAttribute(css) }],
    defaultExtractor: (text) => text.match(/[\w-]+/g) ?? [],
    safelist: { greedy: [/data-bs-theme/] },
    variables: false,
    fontFace: true,
    keyframes: true,
  });
  return result.css;
}

function oneThemeAttribute(css) {
  const root = postcss.parse(css);
  root.walkRules((rule) => {
    rule.selectors = rule.selectors.filter((selector) => !FOREIGN_THEMES.test(selector));
    if (rule.selectors.every((selector) => !selector)) rule.remove();
  });
  root.walkRules((rule) => rule.selector.includes(ATTRIBUTE) && rule.after(followsSystem(rule)));
  return root.toString();
}

function followsSystem(rule) {
  const media = postcss.atRule({ name: "media", params: "(prefers-color-scheme: dark)" });
  return media.append(rule.clone({ selector: rule.selector.replaceAll(ATTRIBUTE, "[data-bs-theme=auto]") }));
}
