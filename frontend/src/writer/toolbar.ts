// The line above the paper: marks, fonts, sides, lists, links. Buttons say by aria-pressed what holds at the cursor.
import type { Editor } from "@tiptap/core";
import { all, closest } from "../dom";
import { current, deleteBlock, duplicateBlock, moveBlock } from "./blocks";
import { insertTag } from "./chips";
import { openLink } from "./links";
import { lockRest, unlockAll } from "./locks";

type Command = (editor: Editor) => boolean;

const side = (align: string): Command => (editor) => alignTo(editor, align);

const COMMANDS: Record<string, Command> = {
  undo: (editor) => editor.chain().focus().undo().run(),
  redo: (editor) => editor.chain().focus().redo().run(),
  bold: (editor) => editor.chain().focus().toggleBold().run(),
  italic: (editor) => editor.chain().focus().toggleItalic().run(),
  underline: (editor) => editor.chain().focus().toggleUnderline().run(),
  strike: (editor) => editor.chain().focus().toggleStrike().run(),
  superscript: (editor) => editor.chain().focus().toggleMark("superscript").run(),
  plain: (editor) => editor.chain().focus().unsetAllMarks().run(),
  bulletList: (editor) => editor.chain().focus().toggleBulletList().run(),
  orderedList: (editor) => editor.chain().focus().toggleOrderedList().run(),
  left: side("left"),
  center: side("center"),
  right: side("right"),
  link: (editor) => openLink(editor),
  up: (editor) => moveBlock(editor, -1) && editor.commands.focus(),
  down: (editor) => moveBlock(editor, 1) && editor.commands.focus(),
  duplicate: (editor) => duplicateBlock(editor) && editor.commands.focus(),
  delete: (editor) => deleteBlock(editor) && editor.commands.focus(),
  lockRest: (editor) => lockRest(editor),
  unlockAll: (editor) => unlockAll(editor),
  addRow: (editor) => editor.chain().focus().addRowAfter().run(),
  deleteRow: (editor) => editor.chain().focus().deleteRow().run(),
  addColumn: (editor) => editor.chain().focus().addColumnAfter().run(),
  deleteColumn: (editor) => editor.chain().focus().deleteColumn().run(),
  headerRow: (editor) => editor.chain().focus().toggleHeaderRow().run(),
};

function alignTo(editor: Editor, align: string): boolean {
  const block = current(editor.state);
  if (!block || !("align" in block.node.attrs)) return false;
  const value = block.node.attrs.align === align ? null : align;
  return editor.chain().focus().command(({ tr }) => Boolean(tr.setNodeAttribute(block.pos, "align", value))).run();
}

export function startToolbar(editor: Editor, root: HTMLElement): void {
  root.addEventListener("click", (event) => {
    const button = closest<HTMLButtonElement>(event, "[data-do]");
    if (button) COMMANDS[button.dataset.do!]?.(editor);
    const field = closest<HTMLElement>(event, "[data-field]");
    if (field) insertTag(editor, field.dataset.field!);
  });
  // A button must not take the selection away from the words it is about to change.
  root.addEventListener("mousedown", (event) => closest(event, "[data-do], [data-field]") && event.preventDefault());
  root.addEventListener("change", (event) => apply(editor, event.target as HTMLSelectElement));
  editor.on("transaction", () => show(editor, root));
  show(editor, root);
}

function apply(editor: Editor, control: HTMLSelectElement | HTMLInputElement): void {
  const { style, highlight, heading } = control.dataset;
  const value = control.value || null;
  if (style) setStyle(editor, style, value);
  if (highlight !== undefined) value ? editor.chain().focus().setMark("highlight", { color: value }).run() : editor.chain().focus().unsetMark("highlight").run();
  if (heading !== undefined) setLevel(editor, Number(value ?? 0));
}

function setStyle(editor: Editor, name: string, value: string | null): void {
  const attrs = { ...editor.getAttributes("textStyle"), [name]: value };
  const chain = editor.chain().focus();
  (Object.values(attrs).some(Boolean) ? chain.setMark("textStyle", attrs) : chain.unsetMark("textStyle")).run();
}

function setLevel(editor: Editor, level: number): void {
  const chain = editor.chain().focus();
  (level ? chain.setNode("heading", { level }) : chain.setNode("paragraph")).run();
}

function show(editor: Editor, root: HTMLElement): void {
  const align = (current(editor.state)?.node.attrs.align as string | null) ?? "";
  for (const button of all<HTMLButtonElement>("[data-do]", root)) {
    const name = button.dataset.do!;
    if (button.hasAttribute("aria-pressed")) button.setAttribute("aria-pressed", String(editor.isActive(name) || align === name));
    if (name === "undo") button.disabled = !editor.can().undo();
    if (name === "redo") button.disabled = !editor.can().redo();
  }
  const style = editor.getAttributes("textStyle");
  for (const control of all<HTMLSelectElement | HTMLInputElement>("[data-style]", root)) control.value = (style[control.dataset.style!] as string) ?? (control.type === "color" ? "#1f2933" : "");
  const level = all<HTMLSelectElement>("[data-heading]", root)[0];
  if (level) level.value = editor.isActive("heading") ? String(editor.getAttributes("heading").level) : "";
}
