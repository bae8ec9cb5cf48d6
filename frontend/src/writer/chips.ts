// Merge tags: atoms within the words, shown as the field's name.
import { Node, nodeInputRule, nodePasteRule, type Editor } from "@tiptap/core";
import { attributes, changed } from "./nodes";
import { say, type Field } from "./page";

const DEFAULTS = { name: "", default: "", format: "" };

const TAG = /\{\{\s*(\w[\w-]{0,63})(?::(upper|lower|number(?:\.[12])?|date(?:\.(?:short|long|day|weekday))?))?\s*(?:\|([^{}<>\n]{0,200}))?\}\}/;

export type Tag = { name: string; default: string; format: string };

export function mergeTagNode(fields: Field[]): Node {
  const labels = new Map(fields.map((field) => [field.name, field.label]));
  return Node.create({
    name: "mergeTag",
    group: "inline",
    inline: true,
    atom: true,
    selectable: true,
    draggable: true,
    addAttributes: () => attributes(DEFAULTS),
    parseHTML: () => [{ tag: "span[data-merge-tag]" }],
    renderHTML: ({ node }) => {
      const known = labels.has(node.attrs.name as string);
      const attrs = {
        "data-merge-tag": node.attrs.name as string,
        "data-attrs": changed(node.attrs, DEFAULTS),
        class: known ? "chip" : "chip unknown",
        title: known ? written(node.attrs as Tag) : say("unknown_field"),
      };
      return ["span", attrs, labels.get(node.attrs.name as string) ?? (node.attrs.name as string)];
    },
    renderText: ({ node }) => written(node.attrs as Tag),
    addInputRules() {
      return [nodeInputRule({ find: new RegExp(`${TAG.source}$`), type: this.type, getAttributes: tagOf })];
    },
    addPasteRules() {
      return [nodePasteRule({ find: new RegExp(TAG.source, "g"), type: this.type, getAttributes: tagOf })];
    },
  });
}

function tagOf(match: RegExpMatchArray): Tag {
  return { name: match[1] ?? "", format: match[2] ?? "", default: (match[3] ?? "").trim() };
}

// As the merge language writes it, for places that are plain text: {{joined:date.long|soon}}.
export function written({ name, default: fallback, format }: Tag): string {
  return `{{${name}${format && `:${format}`}${fallback && `|${fallback}`}}}`;
}

export function insertTag(editor: Editor, name: string, range?: { from: number; to: number }): void {
  const chip = { type: "mergeTag", attrs: { ...DEFAULTS, name } };
  const chain = editor.chain().focus();
  (range ? chain.insertContentAt(range, chip) : chain.insertContent(chip)).run();
}
