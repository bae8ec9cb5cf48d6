// Builds what the browser gets into app/web/static/dist: hashed files and manifest.json. See frontend/README.md.
import { rm, rename, mkdir } from "node:fs/promises";
import { watch } from "node:fs";
import { bundleScripts } from "./scripts.mjs";
import { buildFonts } from "./fonts.mjs";
import { buildIcons } from "./icons.mjs";
import { Output } from "./output.mjs";
import { DIST, ROOT } from "./paths.mjs";
import { buildStyles } from "./styles.mjs";

async function build() {
  const started = Date.now();
  const scratch = `${DIST}.new`;
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  const output = new Output(scratch);
  const fonts = await buildFonts(output);
  await Promise.all([bundleScripts(output), buildIcons(output), buildStyles(output, fonts)]);
  await output.finish();
  await swapIn(scratch);
  console.log(`${output.summary()}\nbuilt in ${Date.now() - started} ms`);
}

// The old folder goes only when the new one is complete: a failed build leaves a working page.
async function swapIn(scratch) {
  await rm(`${DIST}.old`, { recursive: true, force: true });
  await rename(DIST, `${DIST}.old`).catch(() => undefined);
  await rename(scratch, DIST);
  await rm(`${DIST}.old`, { recursive: true, force: true });
}

function rebuildOnChange() {
  let pending;
  const again = () => {
    clearTimeout(pending);
    pending = setTimeout(() => build().catch(console.error), 150);
  };
  for (const folder of [`${ROOT}/frontend/src`, `${ROOT}/app`]) {
    watch(folder, { recursive: true }, (_event, file) => file?.includes("dist") || again());
  }
}

await build();
if (process.argv.includes("--watch")) rebuildOnChange();
