// The handle beside the block under the pointer: drag it to move the block, press it to choose the block.
// Also what is dragged in from the palette. Everything a handle does, the keyboard does too (blocks.ts).
import { Extension, type Editor } from "@tiptap/core";
import { type Node as ProseNode, Slice, Fragment } from "@tiptap/pm/model";
import { type EditorState, NodeSelection, Plugin } from "@tiptap/pm/state";
import type { EditorView } from "@tiptap/pm/view";
import { closest } from "../dom";
import { CATALOGUE } from "./catalogue";
import { choose, insertBlock, type Block } from "./blocks";
import { isBlock } from "./nodes";
import { icon, say } from "./page";

export function handles(desk: HTMLElement): Extension {
  return Extension.create({
    name: "handles",
    addProseMirrorPlugins() {
      const { editor } = this;
      return [new Plugin({ view: (view) => new Handle(editor, view, desk) })];
    },
  });
}

class Handle {
  private readonly grip = document.createElement("button");
  private block: Block | null = null;

  constructor(private readonly editor: Editor, private readonly view: EditorView, private readonly desk: HTMLElement) {
    this.grip.type = "button";
    this.grip.className = "grip";
    this.grip.draggable = true;
    this.grip.hidden = true;
    // The keyboard has its own ways to choose and move a block; the grip would be one more stop for nothing.
    this.grip.tabIndex = -1;
    this.grip.title = say("grip");
    this.grip.setAttribute("aria-label", say("grip"));
    this.grip.append(icon("grip-vertical"));
    this.grip.addEventListener("click", () => this.block && choose(this.editor, this.block.pos));
    this.grip.addEventListener("dragstart", (event) => this.drag(event));
    desk.append(this.grip);
    desk.addEventListener("mousemove", this.follow);
    desk.addEventListener("mouseleave", this.hide);
  }

  // Choosing a block must not take the grip away from under the hand that drags it.
  update(view: EditorView, before: EditorState): void {
    if (!before.doc.eq(view.state.doc)) this.hide();
  }

  destroy(): void {
    this.desk.removeEventListener("mousemove", this.follow);
    this.desk.removeEventListener("mouseleave", this.hide);
    this.grip.remove();
  }

  private readonly hide = (): void => {
    this.grip.hidden = true;
  };

  private readonly follow = (event: MouseEvent): void => {
    if (!this.view.editable || event.buttons || event.target === this.grip || this.grip.contains(event.target as globalThis.Node)) return;
    this.block = this.under(event);
    this.grip.hidden = !this.block || this.block.node.attrs.locked === true;
    if (!this.block || this.grip.hidden) return;
    const box = (this.view.nodeDOM(this.block.pos) as HTMLElement).getBoundingClientRect();
    const desk = this.desk.getBoundingClientRect();
    this.grip.style.top = `${box.top - desk.top + this.desk.scrollTop + 2}px`;
    this.grip.style.left = `${Math.max(0, box.left - desk.left - 30)}px`;
  };

  private under(event: MouseEvent): Block | null {
    const paper = this.view.dom.getBoundingClientRect();
    const left = Math.min(Math.max(event.clientX, paper.left + 40), paper.right - 40);
    const found = this.view.posAtCoords({ left, top: event.clientY });
    if (!found) return null;
    const $pos = this.view.state.doc.resolve(found.inside >= 0 ? found.inside : found.pos);
    const at = found.inside >= 0 ? this.view.state.doc.nodeAt(found.inside) : null;
    if (at && isBlock(at) && at.type.name !== "column" && standsAlone($pos.parent)) return { node: at, pos: found.inside };
    for (let depth = $pos.depth; depth > 0; depth -= 1) {
      if (standsAlone($pos.node(depth - 1)) && $pos.node(depth).type.name !== "column") return { node: $pos.node(depth), pos: $pos.before(depth) };
    }
    return null;
  }

  private drag(event: DragEvent): void {
    if (!this.block || !event.dataTransfer) return;
    const { view, block } = this;
    const selection = NodeSelection.create(view.state.doc, block.pos);
    view.dispatch(view.state.tr.setSelection(selection));
    carry(view, event.dataTransfer, selection.content(), selection);
    event.dataTransfer.setDragImage(view.nodeDOM(block.pos) as HTMLElement, 0, 0);
  }
}

function standsAlone(parent: ProseNode): boolean {
  return ["doc", "column", "header", "footer"].includes(parent.type.name);
}

// ProseMirror's own drop reads this: the selection is what it takes away, and something new takes nothing away.
const NOTHING = { replace: () => undefined };

function carry(view: EditorView, transfer: DataTransfer, slice: Slice, node?: NodeSelection): void {
  transfer.clearData();
  transfer.setData("text/plain", " ");
  transfer.effectAllowed = node ? "move" : "copy";
  view.dragging = { slice, move: Boolean(node), node: node ?? NOTHING } as unknown as EditorView["dragging"];
}

export function startPalette(editor: Editor, palette: HTMLElement): void {
  palette.addEventListener("click", (event) => {
    const entry = closest<HTMLElement>(event, "[data-insert]");
    if (entry) insertBlock(editor, CATALOGUE[entry.dataset.insert!]!());
  });
  palette.addEventListener("dragstart", (event) => {
    const entry = closest<HTMLElement>(event, "[data-insert]");
    if (!entry || !event.dataTransfer) return;
    const node = editor.schema.nodeFromJSON(CATALOGUE[entry.dataset.insert!]!());
    carry(editor.view, event.dataTransfer, new Slice(Fragment.from(node), 0, 0));
  });
  palette.addEventListener("dragend", () => (editor.view.dragging = null));
}
