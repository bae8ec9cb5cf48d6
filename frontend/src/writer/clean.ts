// What Word, Excel, Hangul, Google Docs and web pages put on the clipboard, as the few elements that become blocks:
// headings, paragraphs, lists, quotes, tables, lines, pictures; bold, italic, underline, strike, raised, colour, links.
// Pure: HTML in, HTML out. Everything that is not named here goes; its words stay.

type Marks = { bold?: boolean; italic?: boolean; underline?: boolean; strike?: boolean; superscript?: boolean; href?: string; color?: string };
type Context = { marks: Marks; styles: Map<string, string>; seen: Lists };
type Lists = { word: HTMLElement | null };

const GONE = "script, style, meta, link, title, noscript, template, svg, iframe, object, embed, form input, select, textarea, button, nav, audio, video, canvas, xml";
const BLOCKS = new Set("p div section article main aside header footer figure figcaption address dl dt dd pre center details summary body".split(" "));
const HANDLER = /\son\w+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)/gi;
const CELLS = "td, th";
// Nearly black is the default, not a choice; so is the blue of a link.
const NO_COLOUR = /^(?:inherit|initial|windowtext|black|auto|#0{3,6}|rgb\(0, 0, 0\)|#(?:0563c1|0000ff|1155cc)|blue)$/i;

export function clean(html: string): string {
  const styles = sheet(html);
  const page = new DOMParser().parseFromString(withoutStyles(html), "text/html");
  for (const gone of page.querySelectorAll(GONE)) gone.remove();
  const out = page.createElement("div");
  new Writer(out, { marks: {}, styles, seen: { word: null } }).all(page.body);
  return out.innerHTML;
}

// Excel and Hangul say what is bold in a style sheet; class by class that is enough.
function sheet(html: string): Map<string, string> {
  const text = (html.match(/<style[\s\S]*?<\/style>/gi) ?? []).join("\n");
  return new Map([...text.matchAll(/\.([\w-]+)\s*\{([^}]*)\}/g)].map(([, name, rules]) => [name!.toLowerCase(), rules!]));
}

// The page's policy forbids style attributes and handlers even in a document that is never shown: the styles are read under
// another name, the handlers go.
function withoutStyles(html: string): string {
  return html
    .replace(/<style[\s\S]*?<\/style>/gi, "")
    .replace(/<!--\[if[\s\S]*?<!\[endif\]-->/gi, "")
    .replace(/<!\[if !supportLists\]>([\s\S]*?)<!\[endif\]>/gi, "$1")
    .replace(/<!\[[^\]]*\]>/g, "")
    .replace(/<\/?(?:o|w|m|v|st1):[^>]*>/gi, "")
    .replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/(\s)style(\s*=)/gi, "$1data-style$2").replace(HANDLER, ""));
}

// Our own blocks carry what they are in data-attrs; their styles are drawn from it again.
export function ours(html: string): string {
  return html.replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\sstyle="[^"]*"/gi, ""));
}

class Writer {
  private line: HTMLElement | null = null;

  constructor(private readonly out: HTMLElement, private readonly context: Context) {}

  all(from: Element): void {
    for (const child of from.childNodes) this.node(child);
    this.end();
  }

  private node(node: ChildNode): void {
    if (node.nodeType === 3) this.text(node.textContent ?? "");
    else if (node.nodeType === 1) this.element(node as HTMLElement);
  }

  private element(element: HTMLElement): void {
    const tag = element.localName;
    const style = styleOf(element, this.context.styles);
    if (hidden(style)) return;
    if (tag === "br") this.breaks();
    else if (tag === "hr") this.alone(make(element, "hr"));
    else if (tag === "img") this.picture(element as HTMLImageElement);
    else if (tag === "ul" || tag === "ol") this.list(element, tag);
    else if (tag === "blockquote") this.inside(make(element, "blockquote"), element);
    else if (tag === "table") this.table(element as HTMLTableElement);
    else if (wordList(element, style)) this.wordItem(element, style);
    else if (/^h[1-6]$/.test(tag)) this.block(element, `h${Math.min(4, Number(tag[1]))}`, style);
    else if (BLOCKS.has(tag)) this.block(element, heading(element) ?? "p", style);
    else this.inline(element, style);
  }

  private block(element: HTMLElement, tag: string, style: string): void {
    this.end();
    const align = /text-align:\s*"?(center|right|justify)/i.exec(style)?.[1] ?? element.getAttribute("align");
    const before = this.out.childElementCount;
    const own = new Writer(this.out, { ...this.context, marks: marksOf(element, style, tag === "p" ? this.context.marks : {}) });
    own.kind = tag;
    own.align = align && align !== "left" ? align.toLowerCase() : "";
    own.all(element);
    if (this.out.childElementCount > before) this.context.seen.word = null;
  }

  private kind = "p";
  private align = "";

  private inline(element: HTMLElement, style: string): void {
    const before = this.context.marks;
    this.context.marks = marksOf(element, style, before);
    for (const child of element.childNodes) this.node(child);
    this.context.marks = before;
  }

  private text(text: string): void {
    const words = text.replace(/[\s\u200b\ufeff]+/g, " ");
    if (!words.trim() && !this.line) return;
    if (!words) return;
    this.context.seen.word = null;
    this.open().append(marked(this.out.ownerDocument, words, this.context.marks, this.kind));
  }

  private breaks(): void {
    if (this.line) this.line.append(this.out.ownerDocument.createElement("br"));
  }

  private open(): HTMLElement {
    if (!this.line) {
      this.line = this.out.ownerDocument.createElement(this.kind);
      if (this.align) this.line.dataset.attrs = JSON.stringify({ align: this.align });
      this.out.append(this.line);
    }
    return this.line;
  }

  private end(): void {
    const { line } = this;
    this.line = null;
    if (!line) return;
    while (line.lastChild instanceof HTMLElement && line.lastChild.localName === "br") line.lastChild.remove();
    if (!line.textContent?.replace(/\u00a0/g, " ").trim()) line.remove();
  }

  private alone(element: HTMLElement): void {
    this.end();
    this.context.seen.word = null;
    this.out.append(element);
  }

  private inside(container: HTMLElement, from: Element): void {
    new Writer(container, { ...this.context, marks: {}, seen: { word: null } }).all(from);
    if (container.childNodes.length) this.alone(container);
  }

  private picture(image: HTMLImageElement): void {
    const src = image.getAttribute("src") ?? "";
    // Pixels that count readers are no pictures.
    if (image.getAttribute("width") === "1" || image.getAttribute("height") === "1") return;
    const made = make(image, "div");
    made.dataset.block = "image";
    const wide = Number(image.getAttribute("width"));
    made.dataset.attrs = JSON.stringify({ src, alt: (image.alt ?? "").replace(/\s+/g, " ").trim(), ...(wide >= 1 && wide < 600 && { width: Math.round(wide) }) });
    const link = this.context.marks.href;
    if (link) made.dataset.attrs = JSON.stringify({ ...JSON.parse(made.dataset.attrs) as object, link });
    this.alone(made);
  }

  private list(list: HTMLElement, tag: string): void {
    const made = make(list, tag);
    for (const child of list.children) {
      if (child.localName === "li") made.append(this.item(child as HTMLElement));
      else if (/^[uo]l$/.test(child.localName) && made.lastElementChild) new Writer(made.lastElementChild as HTMLElement, { ...this.context }).element(child as HTMLElement);
    }
    if (made.childElementCount) this.alone(made);
  }

  private item(from: HTMLElement): HTMLElement {
    const item = make(from, "li");
    new Writer(item, { ...this.context, marks: {} }).all(from);
    for (const heading of item.querySelectorAll("h1, h2, h3, h4")) heading.replaceWith(renamed(heading as HTMLElement, "p"));
    if (!item.childNodes.length) item.append(make(from, "p"));
    return item;
  }

  // Word writes a list as paragraphs that say which list and level they are of, and with what sign.
  private wordItem(element: HTMLElement, style: string): void {
    const sign = [...element.querySelectorAll<HTMLElement>("span")].find((span) => /mso-list:\s*ignore/i.test(span.dataset.style ?? ""));
    const tag = /^\W*(?:\d+|[a-z가-하]|[ivx]+)[.)]/i.test(sign?.textContent?.trim() ?? "") ? "ol" : "ul";
    sign?.remove();
    this.end();
    const level = Number(/level(\d)/i.exec(style)?.[1] ?? 1);
    const home = this.wordHome(element, tag, level);
    home.append(this.item(element));
    this.context.seen.word = home;
  }

  private wordHome(element: HTMLElement, tag: string, level: number): HTMLElement {
    const last = this.context.seen.word;
    let home = last?.isConnected || last?.parentElement || last === this.out.lastElementChild ? last : null;
    while (home && Number(home.dataset.level) > level) home = home.parentElement?.closest<HTMLElement>("ul, ol") ?? null;
    if (home && Number(home.dataset.level) === level) return home;
    const made = make(element, tag);
    made.dataset.level = String(level);
    ((home?.lastElementChild as HTMLElement | null) ?? this.out).append(made);
    return made;
  }

  // A table of one column or with tables inside lays a page out: its words stay, it goes.
  private table(table: HTMLTableElement): void {
    const rows = [...table.rows].filter((row) => row.closest("table") === table);
    const wide = Math.max(0, ...rows.map((row) => row.cells.length));
    if (wide < 2 || table.querySelector("table") || table.getAttribute("role") === "presentation") return this.flat(rows);
    const made = make(table, "table");
    for (const row of rows) {
      const line = make(row, "tr");
      line.append(...[...row.cells].filter((cell) => cell.matches(CELLS)).slice(0, 20).map((cell) => this.cell(cell)));
      if (line.childElementCount) made.append(line);
    }
    if (made.textContent?.trim() || made.querySelector("[data-block]")) this.alone(made);
  }

  private cell(from: HTMLTableCellElement): HTMLElement {
    const made = make(from, from.localName);
    if (from.colSpan > 1) made.setAttribute("colspan", String(Math.min(20, from.colSpan)));
    if (from.rowSpan > 1) made.setAttribute("rowspan", String(from.rowSpan));
    const style = styleOf(from, this.context.styles);
    new Writer(made, { ...this.context, marks: marksOf(from, style, {}) }).all(from);
    for (const odd of made.querySelectorAll("h1, h2, h3, h4, blockquote")) odd.replaceWith(renamed(odd as HTMLElement, "p"));
    for (const picture of made.querySelectorAll("[data-block], hr")) picture.remove();
    if (!made.childNodes.length) made.append(make(from, "p"));
    return made;
  }

  private flat(rows: HTMLTableRowElement[]): void {
    for (const cell of rows.flatMap((row) => [...row.cells])) {
      this.end();
      for (const child of cell.childNodes) this.node(child);
    }
    this.end();
  }
}

function make(like: Element, tag: string): HTMLElement {
  return like.ownerDocument.createElement(tag);
}

function renamed(element: HTMLElement, tag: string): HTMLElement {
  const made = make(element, tag);
  made.append(...element.childNodes);
  return made;
}

function styleOf(element: HTMLElement, styles: Map<string, string>): string {
  const classes = [...element.classList].map((name) => styles.get(name.toLowerCase()) ?? "");
  return [...classes, element.dataset.style ?? ""].join(";");
}

function hidden(style: string): boolean {
  return /display:\s*none|mso-hide:\s*all|visibility:\s*hidden/i.test(style);
}

function wordList(element: HTMLElement, style: string): boolean {
  return element.localName === "p" && /mso-list:\s*l\d+ level\d/i.test(style);
}

function heading(element: HTMLElement): string | null {
  if (/^MsoTitle$/i.test(element.className)) return "h1";
  if (/^MsoSubtitle$/i.test(element.className)) return "h2";
  return element.getAttribute("role") === "heading" ? `h${Math.min(4, Number(element.getAttribute("aria-level") ?? 2))}` : null;
}

function marksOf(element: HTMLElement, style: string, outer: Marks): Marks {
  const tag = element.localName;
  const marks = { ...outer };
  if (/^(?:b|strong)$/.test(tag) || tag === "th") marks.bold = true;
  if (/^(?:i|em|cite)$/.test(tag)) marks.italic = true;
  if (/^(?:u|ins)$/.test(tag)) marks.underline = true;
  if (/^(?:s|strike|del)$/.test(tag)) marks.strike = true;
  if (tag === "sup") marks.superscript = true;
  if (tag === "a") marks.href = address(element.getAttribute("href") ?? "");
  styled(style, marks);
  return marks;
}

// Hangul puts quotes around its values: font-weight:"bold".
function styled(style: string, marks: Marks): void {
  const weight = /font-weight:\s*"?(\w+)/i.exec(style)?.[1];
  if (weight) marks.bold = weight.startsWith("bold") || Number(weight) >= 600;
  const slant = /font-style:\s*"?(\w+)/i.exec(style)?.[1];
  if (slant) marks.italic = slant === "italic" || slant === "oblique";
  const line = /text-decoration(?:-line)?:\s*"?([\w\s-]+)/i.exec(style)?.[1];
  if (line) marks.underline = line.includes("underline") && !marks.href;
  if (line) marks.strike = line.includes("line-through");
  if (/vertical-align:\s*"?super/i.test(style)) marks.superscript = true;
  const colour = /(?:^|[;\s])color:\s*"?([^;"]+)/i.exec(style)?.[1]?.trim();
  if (colour) marks.color = NO_COLOUR.test(colour) ? undefined : hex(colour);
}

export function hex(colour: string): string | undefined {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(colour);
  if (short) return `#${short.slice(1).map((digit) => digit + digit).join("")}`.toLowerCase();
  if (/^#[0-9a-f]{6}$/i.test(colour)) return colour.toLowerCase();
  const parts = /^rgba?\((\d+),\s*(\d+),\s*(\d+)/.exec(colour)?.slice(1).map(Number);
  return parts && parts.some((part) => part > 50) ? `#${parts.map((part) => Math.min(255, part).toString(16).padStart(2, "0")).join("")}` : undefined;
}

function address(href: string): string | undefined {
  return /^(?:https?:\/\/|mailto:|tel:)[^\s<>"]+$/i.test(href) ? href : undefined;
}

function marked(page: Document, words: string, marks: Marks, kind: string): Node {
  let node: Node = page.createTextNode(words);
  const wrap = (tag: string, set: (element: HTMLElement) => void = () => undefined): void => {
    const element = page.createElement(tag);
    set(element);
    element.append(node);
    node = element;
  };
  if (marks.color) wrap("span", (span) => (span.dataset.color = marks.color!));
  if (marks.superscript) wrap("sup");
  if (marks.strike) wrap("s");
  if (marks.underline) wrap("u");
  if (marks.italic) wrap("em");
  if (marks.bold && !kind.startsWith("h")) wrap("strong");
  if (marks.href) wrap("a", (link) => link.setAttribute("href", marks.href!));
  return node;
}
