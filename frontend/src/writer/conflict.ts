// Two texts of one mail, side by side; nothing happens until somebody has said which.
import type { Editor, JSONContent } from "@tiptap/core";
import { DOMSerializer, Node } from "@tiptap/pm/model";
import type { Autosave, Theirs } from "./autosave";
import { one, say } from "./page";

export function resolveConflict(editor: Editor, autosave: () => Autosave, theirs: Theirs): void {
  const dialog = one<HTMLDialogElement>("#conflict-dialog");
  one("[data-mine]", dialog).replaceChildren(drawn(editor, editor.getJSON()));
  one("[data-theirs]", dialog).replaceChildren(drawn(editor, theirs.document));
  one("[data-by]", dialog).textContent = theirs.by ? say("conflict_by", { name: theirs.by }) : say("conflict_since");
  dialog.onclose = () => {
    if (dialog.returnValue === "mine") autosave().keepMine(theirs);
    else if (dialog.returnValue === "theirs") autosave().takeTheirs(theirs);
    editor.commands.focus();
  };
  dialog.returnValue = "";
  if (!dialog.open) dialog.showModal();
}

export function drawn(editor: Editor, document: JSONContent): DocumentFragment {
  const node = Node.fromJSON(editor.schema, document);
  return DOMSerializer.fromSchema(editor.schema).serializeFragment(node.content) as DocumentFragment;
}
