// The blocks of a mail as Tiptap nodes. Names and attributes are those of docs/document.md, which the server insists on.
import { mergeAttributes, Node, type Attribute, type NodeConfig } from "@tiptap/core";
import type { Attrs, Node as ProseNode } from "@tiptap/pm/model";
import { boxStyle, css } from "./look";

type Defaults = Record<string, unknown>;

const BOX: Defaults = { id: null, padding: null, background: null, radius: 0, align: null, condition: null, locked: false, saved: null };

export const THEME: Defaults = {
  font: "system", headingFont: null, textSize: 16, lineHeight: 160, width: 600, background: "#f4f5f7", paper: "#ffffff",
  textColor: "#1f2933", headingColor: null, linkColor: null, brand: null, radius: 6, dark: true,
};

// Attributes travel through the clipboard and drag and drop as one JSON attribute.
export function attributes(defaults: Defaults): Record<string, Attribute> {
  const made = (name: string, value: unknown): Attribute => ({
    default: value,
    rendered: false,
    parseHTML: (element) => kept(element)[name] ?? value,
  });
  return Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, made(name, value)]));
}

function kept(element: HTMLElement): Defaults {
  try {
    return JSON.parse(element.dataset.attrs ?? "{}") as Defaults;
  } catch {
    return {};
  }
}

export function changed(attrs: Attrs, defaults: Defaults): string | null {
  const own = Object.entries(attrs).filter(([name, value]) => name in defaults && JSON.stringify(value) !== JSON.stringify(defaults[name]));
  return own.length ? JSON.stringify(Object.fromEntries(own)) : null;
}

type Drawn = { tag: string; defaults?: Defaults; style?: (attrs: Attrs) => Record<string, string | null | undefined>; parse?: string[] };

// A block with words or other blocks in it: drawn as one element around its content.
function holder(name: string, content: string, { tag, defaults = {}, style, parse = [] }: Drawn, more: Partial<NodeConfig> = {}): Node {
  const all = { ...BOX, ...defaults };
  return Node.create({
    name,
    group: "block small",
    content,
    defining: true,
    addAttributes: () => attributes(all),
    parseHTML: () => [{ tag: `[data-block="${name}"]` }, ...parse.map((each) => ({ tag: each }))],
    renderHTML: ({ node, HTMLAttributes }) => [
      tag,
      mergeAttributes(HTMLAttributes, {
        "data-block": name,
        "data-attrs": changed(node.attrs, all),
        "data-condition": node.attrs.condition ? "" : null,
        style: css({ ...boxStyle(node.attrs), ...style?.(node.attrs) }) || null,
      }),
      0,
    ],
    ...more,
  });
}

// A block that is set in the panel, not typed into: a node view draws it (views.ts), the clipboard carries a bare element.
function atom(name: string, defaults: Defaults, more: Partial<NodeConfig> = {}): Node {
  const all = { ...BOX, ...defaults };
  return Node.create({
    name,
    group: "block small",
    atom: true,
    draggable: true,
    addAttributes: () => attributes(all),
    parseHTML: () => [{ tag: `[data-block="${name}"]` }],
    renderHTML: ({ node }) => ["div", { "data-block": name, "data-attrs": changed(node.attrs, all) }],
    ...more,
  });
}

export const Mail = Node.create({
  name: "doc",
  topNode: true,
  content: "block+",
  addAttributes: () => ({ theme: { default: THEME, rendered: false }, preheader: { default: "", rendered: false } }),
});

export const Paragraph = holder("paragraph", "inline*", { tag: "p", parse: ["p"] }, { priority: 1000 });

const HEADING: Defaults = { ...BOX, level: 2 };
export const Heading = Node.create({
  name: "heading",
  group: "block small",
  content: "inline*",
  defining: true,
  addAttributes: () => attributes(HEADING),
  parseHTML: () => [1, 2, 3, 4].map((level) => ({ tag: `h${level}`, getAttrs: (element: HTMLElement) => ({ ...kept(element), level }) })),
  renderHTML: ({ node }) => [
    `h${node.attrs.level}`,
    {
      "data-block": "heading",
      "data-attrs": changed(node.attrs, HEADING),
      "data-condition": node.attrs.condition ? "" : null,
      style: css(boxStyle(node.attrs)) || null,
    },
    0,
  ],
});

export const Quote = holder("quote", "(paragraph | bulletList | orderedList)+", {
  tag: "blockquote",
  defaults: { color: null },
  style: (attrs) => ({ "border-left-color": attrs.color as string | null }),
  parse: ["blockquote"],
});

export const Button = holder("button", "inline*", {
  tag: "div",
  defaults: { url: "", color: null, textColor: null, corner: null, fullWidth: false },
});

export const Columns = holder("columns", "column{2,3}", {
  tag: "div",
  defaults: { gap: 24, stack: true, vertical: "top" },
  style: (attrs) => ({ gap: `${attrs.gap}px`, "align-items": { top: "start", middle: "center", bottom: "end" }[attrs.vertical as string] }),
}, { group: "block", isolating: true });

const COLUMN: Defaults = { width: null, background: null };
export const Column = Node.create({
  name: "column",
  content: "small+",
  isolating: true,
  addAttributes: () => attributes(COLUMN),
  parseHTML: () => [{ tag: '[data-block="column"]' }],
  renderHTML: ({ node }) => [
    "div",
    {
      "data-block": "column",
      "data-attrs": changed(node.attrs, COLUMN),
      style: css({ flex: node.attrs.width ? `${node.attrs.width} 1 0` : "1 1 0", "background-color": node.attrs.background as string | null }),
    },
    0,
  ],
});

const FRAMED = { group: "block", isolating: true };
export const Header = holder("header", "(small | columns)+", { tag: "div" }, FRAMED);
export const Footer = holder("footer", "(small | columns)+", { tag: "div" }, FRAMED);

export const Image = atom("image", { media: null, src: "", alt: "", link: "", width: null });
export const Divider = atom("divider", { color: null, thickness: 1, line: "solid", width: 100 }, {
  parseHTML: () => [{ tag: '[data-block="divider"]' }, { tag: "hr" }],
});
export const Spacer = atom("spacer", { height: 24 });
export const Social = atom("social", { items: [], color: null });
export const Article = atom("article", {
  media: null, src: "", alt: "", kicker: "", headline: "", lead: "", link: "", more: "", layout: "top",
});
export const Html = atom("html", { html: "" });

// The blocks that a person can point at, by name: everything in the group, and the columns themselves.
export function isBlock(node: ProseNode): boolean {
  return node.type.isInGroup("block") || node.type.name === "column";
}

export const LIST_BOX = attributes(BOX);
export const TABLE_BOX = attributes({ ...BOX, striped: false });
