// Blocks that a template has locked stay as they are: a change that touches one does not happen. And locking them.
import { Extension, type Editor } from "@tiptap/core";
import type { Node as ProseNode } from "@tiptap/pm/model";
import { Plugin } from "@tiptap/pm/state";
import { current } from "./blocks";
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

// Of all blocks only the one where the cursor is may be changed in mails from this template, with what stands in it.
export function lockRest(editor: Editor): boolean {
  const free = current(editor.state);
  if (!free) return false;
  const end = free.pos + free.node.nodeSize;
  return lock(editor, (node, pos) => {
    if (pos >= free.pos && pos < end) return false;
    return pos + node.nodeSize <= free.pos || pos >= end;
  });
}

export function unlockAll(editor: Editor): boolean {
  return lock(editor, () => false);
}

// A block inside a locked one needs no lock of its own, and one that holds the free block has none.
function lock(editor: Editor, wanted: (node: ProseNode, pos: number) => boolean): boolean {
  return editor.commands.command(({ tr }) => {
    editor.state.doc.descendants((node, pos) => {
      if (!("locked" in node.attrs)) return true;
      const locked = wanted(node, pos);
      if (node.attrs.locked !== locked) tr.setNodeAttribute(pos, "locked", locked);
      return !locked;
    });
    return true;
  });
}
