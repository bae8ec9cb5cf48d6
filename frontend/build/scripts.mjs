import { build } from "esbuild";
import { FRONTEND } from "./paths.mjs";

const ENTRIES = { app: "app", editor: "editor", writer: "writer/start" };

export async function bundleScripts(output) {
  await Promise.all(Object.entries(ENTRIES).map(([name, source]) => bundle(output, name, source)));
}

async function bundle(output, name, source) {
  const result = await build({
    entryPoints: [`${FRONTEND}/src/${source}.ts`],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: ["chrome120", "firefox121", "safari17.4"],
    legalComments: "none",
    logLevel: "warning",
  });
  await output.add(`${name}.js`, result.outputFiles[0].contents);
}
