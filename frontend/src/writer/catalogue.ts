// What can be inserted: each kind of block as the document it starts with. The words come from the page's palette.
import type { JSONContent } from "@tiptap/core";
import { say } from "./page";

const paragraph = (text = ""): JSONContent => ({ type: "paragraph", ...(text && { content: [{ type: "text", text }] }) });
const link = (text: string, href: string): JSONContent => ({ type: "text", text, marks: [{ type: "link", attrs: { href } }] });
const list = (type: string): JSONContent => ({ type, content: [{ type: "listItem", content: [paragraph()] }] });
const column = (): JSONContent => ({ type: "column", content: [paragraph()] });
const columns = (count: number): JSONContent => ({ type: "columns", content: Array.from({ length: count }, column) });
const logo = (): JSONContent => ({ type: "image", attrs: { src: say("logo_url"), alt: say("workspace_name"), width: 160, align: "center" } });
const cells = (type: string): JSONContent => ({
  type: "tableRow",
  content: [1, 2, 3].map(() => ({ type, content: [paragraph()] })),
});

export const CATALOGUE: Record<string, () => JSONContent> = {
  paragraph: () => paragraph(),
  heading1: () => ({ type: "heading", attrs: { level: 1 } }),
  heading: () => ({ type: "heading", attrs: { level: 2 } }),
  bulletList: () => list("bulletList"),
  orderedList: () => list("orderedList"),
  quote: () => ({ type: "quote", content: [paragraph()] }),
  image: () => ({ type: "image" }),
  article: () => ({ type: "article", attrs: { more: say("read_more") } }),
  button: () => ({ type: "button", attrs: { align: "center" }, content: [{ type: "text", text: say("button_label") }] }),
  divider: () => ({ type: "divider" }),
  spacer: () => ({ type: "spacer" }),
  columns2: () => columns(2),
  columns3: () => columns(3),
  table: () => ({ type: "table", content: [cells("tableHeader"), cells("tableCell"), cells("tableCell")] }),
  social: () => ({ type: "social", attrs: { align: "center", items: [{ network: "web", url: "" }] } }),
  header: () => ({
    type: "header",
    attrs: { align: "center" },
    content: [say("logo_url") ? logo() : { type: "heading", attrs: { level: 3 }, content: [{ type: "text", text: say("workspace_name") }] }],
  }),
  footer: () => ({
    type: "footer",
    attrs: { align: "center" },
    content: [
      paragraph(say("workspace_name")),
      { type: "paragraph", content: [link(say("unsubscribe"), "{{unsubscribe_url}}"), { type: "text", text: " · " }, link(say("view_in_browser"), "{{view_url}}")] },
    ],
  }),
  html: () => ({ type: "html" }),
};
