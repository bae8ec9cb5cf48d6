// Blocks that a template has locked stay as they are: a change that touches one does not happen.
import { Extension } from "@tiptap/core";
import type { Node as ProseNode } from "@tiptap/pm/model";
import { Plugin } from "@tiptap/pm/state";
import { say } from "./page";
import { statusLine } from "./pictures";

export const lockGuard = Extension.create({
  name: "lockGuard",
  addProseMirrorPlugins: () => [
    new Plugin({
      filterTransaction: (transaction, state) => {
        // A template's editor may change everything, the locks themselves first; so may what the server has stored.
        const free = document.querySelector("[data-may-lock]") !== null || transaction.getMeta("preventUpdate") !== undefined;
        if (free || !transaction.docChanged || same(locked(state.doc), locked(transaction.doc))) return true;
        statusLine()(say("locked"), true);
        return false;
      },
    }),
  ],
});

function locked(doc: ProseNode): ProseNode[] {
  const found: ProseNode[] = [];
  doc.descendants((node) => {
    if (node.attrs.locked) found.push(node);
    return !node.attrs.locked;
  });
  return found;
}

function same(before: ProseNode[], after: ProseNode[]): boolean {
  return before.length === after.length && before.every((node, index) => node === after[index] || node.eq(after[index]!));
}
