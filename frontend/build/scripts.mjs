import { build } from "esbuild";
import { FRONTEND } from "./paths.mjs";

const ENTRIES = ["app", "editor"];

export async function bundleScripts(output) {
  await Promise.all(ENTRIES.map((name) => bundle(output, name)));
}

async function bundle(output, name) {
  const result = await build({
    entryPoints: [`${FRONTEND}/src/${name}.ts`],
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
