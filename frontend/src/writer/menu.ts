// The list that opens at the cursor for `/` and `{{`. The cursor stays in the words; the editor names the chosen line.
import { Extension, type Editor, type Range } from "@tiptap/core";
import { PluginKey } from "@tiptap/pm/state";
import Suggestion, { type SuggestionProps } from "@tiptap/suggestion";
import { CATALOGUE } from "./catalogue";
import { insertBlock } from "./blocks";
import { insertTag } from "./chips";
import { icon, say, type Field } from "./page";

export type Line = { key: string; label: string; icon: string; hint?: string; words?: string };

class Menu {
  readonly element = document.createElement("div");
  private lines: Line[] = [];
  private chosen = 0;
  private pick: (line: Line) => void = () => undefined;

  constructor(private readonly editor: Editor, label: string) {
    this.element.className = "cursor-menu";
    this.element.id = "cursor-menu";
    this.element.setAttribute("role", "listbox");
    this.element.setAttribute("aria-label", label);
    this.element.addEventListener("pointerdown", (event) => event.preventDefault());
  }

  show({ items, command }: SuggestionProps<Line>): void {
    this.lines = items;
    this.pick = command;
    this.chosen = 0;
    this.element.replaceChildren(...items.map((line, index) => this.option(line, index)));
    if (!items.length) this.element.textContent = say("nothing_found");
    this.mark();
  }

  key(event: KeyboardEvent): boolean {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.chosen = (this.chosen + step + this.lines.length) % Math.max(1, this.lines.length);
    else if ((event.key === "Enter" || event.key === "Tab") && this.lines.length) this.pick(this.lines[this.chosen]!);
    else return false;
    this.mark();
    return true;
  }

  close(): void {
    this.editor.view.dom.removeAttribute("aria-activedescendant");
    this.editor.view.dom.removeAttribute("aria-controls");
  }

  private option(line: Line, index: number): HTMLElement {
    const option = document.createElement("div");
    option.id = `cursor-menu-${index}`;
    option.setAttribute("role", "option");
    option.append(icon(line.icon), line.label);
    if (line.hint) option.append(Object.assign(document.createElement("small"), { textContent: line.hint }));
    option.addEventListener("click", () => this.pick(line));
    return option;
  }

  private mark(): void {
    const options = [...this.element.querySelectorAll("[role=option]")];
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === this.chosen)));
    options[this.chosen]?.scrollIntoView({ block: "nearest" });
    this.editor.view.dom.setAttribute("aria-controls", this.element.id);
    this.editor.view.dom.setAttribute("aria-activedescendant", options[this.chosen]?.id ?? "");
  }
}

function suggestion(editor: Editor, name: string, char: string, lines: Line[], pick: (key: string, range: Range) => void) {
  return Suggestion<Line>({
    editor,
    char,
    pluginKey: new PluginKey(name),
    allowedPrefixes: char === "/" ? [" "] : null,
    items: ({ query }) => matching(lines, query),
    command: ({ range, props }) => pick(props.key, range),
    render: () => {
      let menu: Menu;
      let unmount: () => void = () => undefined;
      return {
        onStart: (props) => {
          menu = new Menu(editor, say(`menu_${name}`));
          menu.show(props);
          unmount = props.mount(menu.element);
        },
        onUpdate: (props) => menu.show(props),
        onKeyDown: ({ event }) => menu.key(event),
        onExit: () => {
          unmount();
          menu.close();
        },
      };
    },
  });
}

function matching(lines: Line[], query: string): Line[] {
  const wanted = query.trim().toLowerCase();
  return lines.filter((line) => `${line.label} ${line.key} ${line.hint ?? ""} ${line.words ?? ""}`.toLowerCase().includes(wanted)).slice(0, 20);
}

export function cursorMenus(blocks: Line[], fields: Field[]): Extension {
  const tags = fields.map((field) => ({ key: field.name, label: field.label, icon: "tag", hint: field.sample }));
  return Extension.create({
    name: "cursorMenus",
    addProseMirrorPlugins() {
      const { editor } = this;
      const block = (key: string, range: Range) => {
        editor.chain().deleteRange(range).run();
        insertBlock(editor, CATALOGUE[key]!());
      };
      return [
        suggestion(editor, "blocks", "/", blocks, block),
        suggestion(editor, "fields", "{{", tags, (name, range) => insertTag(editor, name, range)),
      ];
    },
  });
}
