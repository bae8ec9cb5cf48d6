// Marks of our own, and Tiptap's where they fit. Sizes are pixels and fonts are names: see docs/document.md.
import { Mark } from "@tiptap/core";
import Bold from "@tiptap/extension-bold";
import Italic from "@tiptap/extension-italic";
import Link from "@tiptap/extension-link";
import Strike from "@tiptap/extension-strike";
import Underline from "@tiptap/extension-underline";
import { css, FONTS } from "./look";

const TextStyle = Mark.create({
  name: "textStyle",
  addAttributes: () => ({
    color: { default: null, rendered: false, parseHTML: (element) => element.dataset.color || null },
    fontSize: { default: null, rendered: false, parseHTML: (element) => element.dataset.size || null },
    fontFamily: { default: null, rendered: false, parseHTML: (element) => element.dataset.font || null },
  }),
  parseHTML: () => [{ tag: "span[data-color], span[data-size], span[data-font]" }],
  renderHTML: ({ mark: { attrs } }) => [
    "span",
    {
      "data-color": attrs.color as string | null,
      "data-size": attrs.fontSize as string | null,
      "data-font": attrs.fontFamily as string | null,
      style: css({ color: attrs.color as string, "font-size": attrs.fontSize as string, "font-family": FONTS[attrs.fontFamily as string] }),
    },
    0,
  ],
});

const Highlight = Mark.create({
  name: "highlight",
  addAttributes: () => ({ color: { default: null, rendered: false, parseHTML: (element) => element.dataset.color || null } }),
  parseHTML: () => [{ tag: "mark" }],
  renderHTML: ({ mark }) => ["mark", { "data-color": mark.attrs.color as string, style: css({ "background-color": mark.attrs.color as string }) }, 0],
});

const Superscript = Mark.create({
  name: "superscript",
  excludes: "subscript",
  parseHTML: () => [{ tag: "sup" }],
  renderHTML: () => ["sup", 0],
});

const Subscript = Mark.create({
  name: "subscript",
  excludes: "superscript",
  parseHTML: () => [{ tag: "sub" }],
  renderHTML: () => ["sub", 0],
});

const MailLink = Link.extend({
  inclusive: false,
  addAttributes: () => ({ href: { default: "" }, title: { default: null } }),
}).configure({
  openOnClick: false,
  protocols: ["mailto", "tel", "sms"],
  isAllowedUri: (uri) => /^(https?:\/\/|mailto:|tel:|sms:|#|\{\{)/i.test(uri ?? ""),
  HTMLAttributes: { target: null, rel: null, class: null },
});

export const MARKS = [Bold, Italic, Underline, Strike, Superscript, Subscript, Highlight, TextStyle, MailLink];
