// The dialog that asks where a link leads. Ctrl+K opens it too.
import { Extension, type Editor } from "@tiptap/core";
import { one } from "./page";

export function openLink(editor: Editor): boolean {
  const dialog = one<HTMLDialogElement>("#link-dialog");
  const address = one<HTMLInputElement>("input[name=href]", dialog);
  const words = one<HTMLInputElement>("input[name=words]", dialog);
  editor.chain().focus().extendMarkRange("link").run();
  const { from, to, empty } = editor.state.selection;
  address.value = (editor.getAttributes("link").href as string) ?? "";
  words.value = editor.state.doc.textBetween(from, to, " ");
  words.closest<HTMLElement>(".form-row")!.hidden = !empty;
  dialog.onclose = () => finish(editor, dialog.returnValue, full(address.value.trim()), empty ? words.value.trim() : "");
  dialog.returnValue = "";
  dialog.showModal();
  address.focus();
  return true;
}

function finish(editor: Editor, outcome: string, href: string, words: string): void {
  const chain = editor.chain().focus();
  if (outcome === "remove" || (outcome === "set" && !href)) chain.unsetLink().run();
  else if (outcome === "set" && words) chain.insertContent({ type: "text", text: words, marks: [{ type: "link", attrs: { href } }] }).run();
  else if (outcome === "set" && !editor.state.selection.empty) chain.setLink({ href }).run();
  else if (outcome === "set") chain.insertContent({ type: "text", text: href, marks: [{ type: "link", attrs: { href } }] }).run();
  else chain.run();
}

// As people type it: name@example.com, example.com/story, //example.com.
export function full(address: string): string {
  if (!address || /^(https?:\/\/|mailto:|tel:|sms:|#|\{\{)/i.test(address)) return address;
  if (/^[^\s/@]+@[^\s/@]+\.[^\s/@]+$/.test(address)) return `mailto:${address}`;
  return `https://${address.replace(/^\/+/, "")}`;
}

export const LinkKey = Extension.create({
  name: "linkKey",
  addKeyboardShortcuts: () => ({ "Mod-k": ({ editor }) => openLink(editor) }),
});
