// Pretendard in pieces: Latin, the syllables our own Korean texts use, and the publisher's 92 pieces for all else.
// A page in Korean then loads two small files, and more only when somebody's own words need them.
import { readdir, readFile } from "node:fs/promises";
import subsetFont from "subset-font";
import { MODULES, ROOT } from "./paths.mjs";

const PACKAGE = `${MODULES}/pretendard/dist/web/variable`;
const WEIGHTS = { wght: { min: 400, max: 700 } };
// Dates and durations come from CLDR, not from our catalogues.
const CALENDAR = "오전오후년월일화수목금토요시간분초전뒤주개";
const LATIN = `${range(0x20, 0x7e)}${range(0xa0, 0xff)}–—‘’“”…•←→↑↓✓×−₩€`;

// Answers the @font-face rules. Where ranges overlap the rule declared last wins, so ours come after the publisher's.
export async function buildFonts(output) {
  const whole = await readFile(`${PACKAGE}/woff2/PretendardVariable.woff2`);
  const korean = await ownSyllables();
  const faces = [await publisherFaces(output)];
  for (const [name, text] of [["korean", korean], ["latin", LATIN]]) {
    const subset = await subsetFont(whole, text, { targetFormat: "woff2", variationAxes: WEIGHTS });
    faces.push(face(await output.add(`pretendard-${name}.woff2`, subset), unicodeRange(text)));
  }
  return faces.join("\n");
}

async function ownSyllables() {
  const syllables = new Set(CALENDAR);
  const catalogues = (await readdir(`${ROOT}/app`, { recursive: true })).filter((path) => path.endsWith(".po"));
  for (const path of catalogues) {
    for (const syllable of (await readFile(`${ROOT}/app/${path}`, "utf8")).match(/[가-힣]/g) ?? []) syllables.add(syllable);
  }
  return [...syllables].sort().join("") || "가";
}

async function publisherFaces(output) {
  const css = await readFile(`${PACKAGE}/pretendardvariable-dynamic-subset.css`, "utf8");
  const pieces = [...css.matchAll(/url\(\.\/(woff2-dynamic-subset\/[^)]+)\)[^;]*;\s*unicode-range:\s*([^;]+);/g)];
  const rules = pieces.map(async ([, path, ranges]) => {
    const name = await output.add(`fonts/${path.match(/(\d+)\.woff2$/)[1]}.woff2`, await readFile(`${PACKAGE}/${path}`), { listed: false });
    return face(name, ranges.replace(/\s+/g, ""));
  });
  return (await Promise.all(rules)).join("\n");
}

function face(file, ranges) {
  return `@font-face{font-family:Pretendard;font-weight:400 700;font-display:swap;src:url(${file}) format("woff2");unicode-range:${ranges}}`;
}

function unicodeRange(text) {
  const points = [...text].map((character) => character.codePointAt(0)).sort((a, b) => a - b);
  const runs = [];
  for (const point of points) {
    const last = runs.at(-1);
    if (last && point <= last[1] + 1) last[1] = point;
    else runs.push([point, point]);
  }
  return runs.map(([from, to]) => (from === to ? `U+${from.toString(16)}` : `U+${from.toString(16)}-${to.toString(16)}`)).join(",");
}

function range(from, to) {
  return String.fromCodePoint(...Array.from({ length: to - from + 1 }, (_, index) => from + index));
}
