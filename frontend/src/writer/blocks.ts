// Where the cursor is among the blocks, and what can be done to one: insert, move, duplicate, delete.
import { Extension, type Editor, type JSONContent } from "@tiptap/core";
import { closeHistory } from "@tiptap/pm/history";
import { Fragment, type Node as ProseNode } from "@tiptap/pm/model";
import { type EditorState, NodeSelection, Selection, TextSelection, type Transaction } from "@tiptap/pm/state";

export type Block = { node: ProseNode; pos: number };

const HOLDERS = ["doc", "column", "header", "footer"];

// The blocks around the selection from the outside in; a paragraph of a list or a quote is a part of that.
export function path({ selection }: EditorState): Block[] {
  const { $from } = selection;
  const found: Block[] = [];
  for (let depth = 1; depth <= $from.depth; depth += 1) {
    const node = $from.node(depth);
    if (HOLDERS.includes($from.node(depth - 1).type.name) || node.type.name === "column") found.push({ node, pos: $from.before(depth) });
  }
  if (selection instanceof NodeSelection && selection.node.isBlock) found.push({ node: selection.node, pos: selection.from });
  return found;
}

export function current(state: EditorState): Block | null {
  return path(state).at(-1) ?? null;
}

// Each of these is one step of undo, however fast it follows on typing.

// Puts a block behind the one where the cursor is, in its place if that is an empty paragraph; in the nearest place that
// may hold it: a heading stays in the column, columns go below the columns.
export function insertBlock(editor: Editor, json: JSONContent): boolean {
  const node = editor.schema.nodeFromJSON(json);
  return editor.commands.command(({ state, tr, dispatch }) => {
    for (const { node: near, pos } of path(state).reverse()) {
      const $pos = state.doc.resolve(pos);
      const index = $pos.index();
      const empty = near.type.name === "paragraph" && !near.content.size && !near.attrs.locked;
      if (!$pos.parent.canReplaceWith(empty ? index : index + 1, index + 1, node.type)) continue;
      const from = empty ? pos : pos + near.nodeSize;
      if (dispatch) place(closeHistory(tr).replaceWith(from, pos + near.nodeSize, node), from, node);
      return true;
    }
    return false;
  }) && editor.commands.focus();
}

function place(tr: Transaction, pos: number, node: ProseNode): void {
  tr.setSelection(node.isAtom ? NodeSelection.create(tr.doc, pos) : Selection.near(tr.doc.resolve(pos + 1))).scrollIntoView();
}

export function moveBlock(editor: Editor, step: -1 | 1): boolean {
  return editor.commands.command(({ state, tr, dispatch }) => {
    const block = current(state);
    if (!block) return false;
    const { node, pos } = block;
    const $pos = state.doc.resolve(pos);
    const other = $pos.parent.maybeChild($pos.index() + step);
    if (!other) return false;
    if (!dispatch) return true;
    const to = step < 0 ? pos - other.nodeSize : pos + other.nodeSize;
    const { anchor, head } = state.selection;
    const chosen = state.selection instanceof NodeSelection;
    closeHistory(tr).delete(pos, pos + node.nodeSize).insert(to, node);
    tr.setSelection(chosen ? NodeSelection.create(tr.doc, to) : TextSelection.create(tr.doc, anchor - pos + to, head - pos + to));
    tr.scrollIntoView();
    return true;
  });
}

export function duplicateBlock(editor: Editor): boolean {
  return editor.commands.command(({ state, tr, dispatch }) => {
    const block = current(state);
    if (!block || block.node.type.name === "column") return false;
    const copy = block.node.type.create({ ...block.node.attrs, id: null, locked: false }, block.node.content, block.node.marks);
    const after = block.pos + block.node.nodeSize;
    if (dispatch) place(closeHistory(tr).insert(after, copy), after, copy);
    return true;
  });
}

export function deleteBlock(editor: Editor): boolean {
  return editor.commands.command(({ state, tr, dispatch }) => {
    const block = current(state);
    if (!block) return false;
    const $pos = state.doc.resolve(block.pos);
    // The last block of a column or of the mail leaves an empty paragraph, the last but one column its columns' words.
    const filler = $pos.parent.canReplace($pos.index(), $pos.index() + 1) ? Fragment.empty : Fragment.from(state.schema.nodes.paragraph!.create());
    if (!$pos.parent.canReplace($pos.index(), $pos.index() + 1, filler)) return false;
    if (dispatch) {
      closeHistory(tr).replaceWith(block.pos, block.pos + block.node.nodeSize, filler);
      tr.setSelection(Selection.near(tr.doc.resolve(Math.min(block.pos, tr.doc.content.size)))).scrollIntoView();
    }
    return true;
  });
}

export function choose(editor: Editor, pos: number): void {
  editor.view.dispatch(editor.state.tr.setSelection(NodeSelection.create(editor.state.doc, pos)));
  editor.view.focus();
}

// Escape steps out: from the words to their block, from the block to what it stands in.
function chooseOuter(editor: Editor): boolean {
  const blocks = path(editor.state);
  const chosen = editor.state.selection instanceof NodeSelection && editor.state.selection.node.isBlock;
  const outer = chosen ? blocks.at(-2) : blocks.at(-1);
  if (!outer) return false;
  choose(editor, outer.pos);
  return true;
}

// Enter steps in again, to the block's first words.
function chooseInner(editor: Editor): boolean {
  const { selection, doc } = editor.state;
  if (!(selection instanceof NodeSelection) || !selection.node.isBlock || selection.node.isAtom) return false;
  return editor.commands.setTextSelection(Selection.near(doc.resolve(selection.from + 1)).from);
}

export const BlockKeys = Extension.create({
  name: "blockKeys",
  priority: 200,
  addKeyboardShortcuts: () => ({
    "Alt-ArrowUp": ({ editor }) => moveBlock(editor, -1),
    "Alt-ArrowDown": ({ editor }) => moveBlock(editor, 1),
    "Mod-Shift-d": ({ editor }) => duplicateBlock(editor),
    "Mod-Shift-Backspace": ({ editor }) => deleteBlock(editor),
    Escape: ({ editor }) => chooseOuter(editor),
    Enter: ({ editor }) => chooseInner(editor),
  }),
});
