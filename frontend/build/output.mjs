// Writes files under a name that carries their hash, with ready-made .br and .gz twins, and remembers the names.
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";

const COMPRESSIBLE = /\.(css|js|svg|json)$/;

export class Output {
  #folder;
  #names = {};
  #sizes = [];

  constructor(folder) {
    this.#folder = folder;
  }

  // Returns the file's name in the folder, as in "app-3f9a1c2b.css".
  async add(name, bytes, { listed = true } = {}) {
    const content = Buffer.from(bytes);
    const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
    const hashed = name.replace(/(\.[a-z0-9]+)$/, `-${hash}$1`);
    await this.#write(hashed, content);
    const packed = COMPRESSIBLE.test(name) ? await this.#compress(hashed, content) : content.length;
    if (listed) {
      this.#names[name] = hashed;
      this.#sizes.push([name, content.length, packed]);
    }
    return hashed;
  }

  async finish() {
    const sorted = Object.fromEntries(Object.entries(this.#names).sort());
    await writeFile(`${this.#folder}/manifest.json`, `${JSON.stringify(sorted, null, 2)}\n`);
  }

  summary() {
    const kilobytes = (size) => `${(size / 1024).toFixed(1)} KB`.padStart(10);
    return this.#sizes
      .sort()
      .map(([name, size, packed]) => `${name.padEnd(24)}${kilobytes(size)}${kilobytes(packed)} on the wire`)
      .join("\n");
  }

  async #compress(name, content) {
    const [gz, br] = await Promise.all([promisify(gzip)(content, { level: 9 }), promisify(brotliCompress)(content)]);
    await Promise.all([this.#write(`${name}.gz`, gz), this.#write(`${name}.br`, br)]);
    return br.length;
  }

  async #write(name, content) {
    const path = `${this.#folder}/${name}`;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}
