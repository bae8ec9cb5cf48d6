// The settings on the right: the panel of the block where the cursor is, with its fields bound to the block's attributes.
// The page holds the panels (data-panel="button") and their fields (data-attr="url"); here is only the binding.
import type { Editor } from "@tiptap/core";
import type { Attrs, Node as ProseNode } from "@tiptap/pm/model";
import { NodeSelection } from "@tiptap/pm/state";
import { all } from "../dom";
import { choose, path, type Block } from "./blocks";
import { one, say } from "./page";

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

export class Settings {
  private target: Block | null = null;

  constructor(private readonly editor: Editor, private readonly root: HTMLElement) {
    root.addEventListener("input", (event) => this.write(event.target as Control));
    root.addEventListener("click", (event) => this.clear(event.target as HTMLElement));
    editor.on("transaction", () => this.show());
    this.show();
  }

  // The block whose panel is open, where it is now.
  block(): Block | null {
    return this.target;
  }

  set(values: Record<string, unknown>): void {
    if (!this.target) return;
    const { pos } = this.target;
    this.editor.commands.command(({ tr }) => {
      for (const [name, value] of Object.entries(values)) tr.setNodeAttribute(pos, name, value);
      return true;
    });
  }

  private show(): void {
    const { state } = this.editor;
    const chip = state.selection instanceof NodeSelection && state.selection.node.type.name === "mergeTag";
    const blocks = path(state);
    this.target = chip ? { node: (state.selection as NodeSelection).node, pos: state.selection.from } : (blocks.at(-1) ?? null);
    this.trail(blocks, chip);
    const kind = this.target?.node.type.name ?? "";
    for (const panel of all<HTMLElement>("[data-panel]", this.root)) panel.hidden = !panel.dataset.panel!.split(" ").includes(kind);
    for (const part of all<HTMLElement>("[data-not]", this.root)) part.hidden = part.dataset.not!.split(" ").includes(kind);
    if (this.target) this.fill(this.target.node);
    this.fillTheme(state.doc);
  }

  private trail(blocks: Block[], chip: boolean): void {
    const trail = one<HTMLElement>("[data-trail]", this.root);
    const names = blocks.map(({ node }) => say(`block_${node.type.name}`));
    if (chip) names.push(say("block_mergeTag"));
    if (trail.dataset.shown === names.join("\n")) return;
    trail.dataset.shown = names.join("\n");
    trail.replaceChildren(...names.map((name, index) => this.crumb(name, index === names.length - 1, index)));
  }

  private crumb(name: string, last: boolean, index: number): HTMLElement {
    const item = document.createElement("li");
    const inner = document.createElement(last ? "h2" : "button");
    inner.textContent = name;
    if (inner instanceof HTMLButtonElement) {
      inner.type = "button";
      inner.addEventListener("click", () => choose(this.editor, path(this.editor.state)[index]!.pos));
    }
    item.append(inner);
    return item;
  }

  private fill(node: ProseNode): void {
    for (const control of all<Control>("[data-attr]", this.root)) {
      const panel = control.closest<HTMLElement>("[data-panel]");
      if (!panel?.hidden) assign(control, valueFor(control, node.attrs));
    }
    const locked = Boolean(node.attrs.locked);
    this.root.toggleAttribute("data-locked", locked);
  }

  private fillTheme(doc: ProseNode): void {
    for (const control of all<Control>("[data-theme-attr]", this.root)) assign(control, (doc.attrs.theme as Attrs)[control.dataset.themeAttr!]);
    for (const control of all<Control>("[data-doc-attr]", this.root)) assign(control, doc.attrs[control.dataset.docAttr!]);
  }

  private write(control: Control): void {
    if (!valid(control)) return;
    const { attr, side, themeAttr, docAttr } = control.dataset;
    if (themeAttr) this.setTheme(themeAttr, valueOf(control));
    else if (docAttr) this.editor.commands.command(({ tr }) => Boolean(tr.setDocAttribute(docAttr, valueOf(control))));
    else if (side) this.set({ padding: this.padding(Number(side), control as HTMLInputElement) });
    // Another address is another picture: the library's number would win over it.
    else if (attr === "src") this.set({ src: valueOf(control), media: null });
    else if (attr) this.set({ [attr]: valueOf(control) });
    control.closest(".colour")?.removeAttribute("data-unset");
  }

  private setTheme(name: string, value: unknown): void {
    const theme = { ...(this.editor.state.doc.attrs.theme as Attrs), [name]: value };
    this.editor.commands.command(({ tr }) => Boolean(tr.setDocAttribute("theme", theme)));
  }

  // An emptied field of padding counts as none; all four emptied give the block its own again.
  private padding(side: number, control: HTMLInputElement): number[] | null {
    const sides = [...((this.target?.node.attrs.padding as number[] | null) ?? [0, 0, 0, 0])];
    sides[side] = Number(control.value || 0);
    const fields = all<HTMLInputElement>("[data-side]", this.root);
    return fields.every((field) => field.value === "") ? null : sides;
  }

  private clear(clicked: HTMLElement): void {
    const control = clicked.closest("[data-clear]")?.parentElement?.querySelector<Control>("input");
    if (!control) return;
    if (control.dataset.themeAttr) this.setTheme(control.dataset.themeAttr, null);
    else this.set({ [control.dataset.attr!]: null });
  }
}

function valueFor(control: Control, attrs: Attrs): unknown {
  const value = attrs[control.dataset.attr!];
  return control.dataset.side ? (value as number[] | null)?.[Number(control.dataset.side)] : value;
}

// The field in somebody's hands is left alone: its value comes from there.
function assign(control: Control, value: unknown): void {
  if (control === document.activeElement && control.type !== "color" && control.type !== "checkbox") return;
  if (control instanceof HTMLInputElement && control.type === "checkbox") control.checked = Boolean(value);
  else if (control.type === "color") {
    control.value = (value as string | null) ?? control.dataset.stand ?? "#ffffff";
    control.closest(".colour")?.toggleAttribute("data-unset", value === null || value === undefined);
  } else control.value = value === null || value === undefined ? "" : String(value);
}

function valueOf(control: Control): unknown {
  if (control instanceof HTMLInputElement && control.type === "checkbox") return control.checked;
  if (control.dataset.kind === "number") return control.value === "" ? null : Number(control.value);
  return control.value === "" && control.hasAttribute("data-null") ? null : control.value;
}

function valid(control: Control): boolean {
  const good = control.checkValidity() && !(control.dataset.kind === "number" && control.value === "" && !control.hasAttribute("data-null"));
  control.toggleAttribute("aria-invalid", !good);
  return good;
}
