// The HTML editor of the body page: <textarea data-editor="html" data-merge-tags='[{"tag": "{{name}}", "label": "Name"}]'>.
// The textarea stays the form's field; without JavaScript it is the editor.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { html } from "@codemirror/lang-html";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { type Extension } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, keymap, lineNumbers, MatchDecorator, ViewPlugin, type DecorationSet, type ViewUpdate } from "@codemirror/view";
import { tags } from "@lezer/highlight";

type MergeTag = { tag: string; label: string };

const LOOK = EditorView.theme({
  "&": { fontSize: "14px", backgroundColor: "var(--surface)", color: "var(--ink)", minHeight: "26rem", borderRadius: "inherit" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--tblr-font-monospace)", lineHeight: "1.7" },
  ".cm-content": { padding: "16px 0", caretColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--ink-2)", border: "0", paddingLeft: "8px" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "var(--accent-tint) !important" },
  ".cm-merge-tag": { backgroundColor: "var(--accent-tint)", color: "var(--accent)", borderRadius: "4px", padding: "1px 2px", fontWeight: "600" },
  ".cm-panels": { backgroundColor: "var(--paper)", color: "var(--ink)", borderColor: "var(--rule)" },
});

const COLOURS = HighlightStyle.define([
  { tag: [tags.tagName, tags.angleBracket], color: "var(--accent)" },
  { tag: tags.attributeName, color: "var(--amber)" },
  { tag: [tags.attributeValue, tags.string], color: "var(--green)" },
  { tag: [tags.comment, tags.documentMeta], color: "var(--ink-2)" },
  { tag: [tags.propertyName, tags.keyword], color: "var(--amber)" },
  { tag: [tags.number, tags.color], color: "var(--green)" },
]);

const MARK = new MatchDecorator({ regexp: /\{\{[^{}\n]*\}\}/g, decoration: Decoration.mark({ class: "cm-merge-tag" }) });

const MERGE_TAGS = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = MARK.createDeco(view);
    }
    update(update: ViewUpdate) {
      this.decorations = MARK.updateDeco(update, this.decorations);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

for (const textarea of document.querySelectorAll<HTMLTextAreaElement>('textarea[data-editor="html"]')) upgrade(textarea);

function upgrade(textarea: HTMLTextAreaElement): void {
  const host = document.createElement("div");
  host.className = "code-editor";
  textarea.before(host);
  // In a shadow root CodeMirror adopts its style sheet instead of writing a <style>, which our CSP would refuse.
  const root = host.attachShadow({ mode: "open" });
  const view = new EditorView({ doc: textarea.value, root, parent: root, extensions: extensions(textarea) });
  addTagButtons(textarea, host, view);
  textarea.hidden = true;
  textarea.required = false; // A hidden required field would stop the form without a word; the server still asks.
  textarea.form?.addEventListener("reset", () => setTimeout(() => replace(view, textarea.value)));
  labelOf(textarea)?.addEventListener("click", () => view.focus());
  const followTextarea = () => textarea.value !== view.state.doc.toString() && replace(view, textarea.value);
  textarea.addEventListener("change", followTextarea);
}

function extensions(textarea: HTMLTextAreaElement): Extension[] {
  return [
    lineNumbers(),
    history(),
    drawSelection(),
    bracketMatching(),
    html({ autoCloseTags: true }),
    syntaxHighlighting(COLOURS),
    highlightSelectionMatches(),
    search({ top: true }),
    MERGE_TAGS,
    LOOK,
    EditorView.lineWrapping,
    EditorView.contentAttributes.of(attributes(textarea)),
    EditorView.updateListener.of((update) => update.docChanged && mirror(update, textarea)),
    keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap]),
  ];
}

// Tab is not bound to indenting: it moves on, as in every other field, so that nobody without a mouse is caught here.
function attributes(textarea: HTMLTextAreaElement): Record<string, string> {
  const label = labelOf(textarea)?.textContent?.trim() ?? textarea.name;
  return { "aria-label": label, ...(textarea.hasAttribute("aria-invalid") && { "aria-invalid": "true" }) };
}

function mirror(update: ViewUpdate, textarea: HTMLTextAreaElement): void {
  textarea.value = update.state.doc.toString();
  textarea.dispatchEvent(new Event("input", { bubbles: true }));
}

function replace(view: EditorView, text: string): void {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
}

function addTagButtons(textarea: HTMLTextAreaElement, host: HTMLElement, view: EditorView): void {
  const mergeTags = JSON.parse(textarea.dataset.mergeTags ?? "[]") as MergeTag[];
  if (!mergeTags.length) return;
  const bar = document.createElement("div");
  bar.className = "merge-tags";
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", textarea.dataset.mergeTagsLabel ?? "");
  bar.append(textarea.dataset.mergeTagsLabel ?? "", ...mergeTags.map((tag) => tagButton(tag, view)));
  host.before(bar);
}

function tagButton({ tag, label }: MergeTag, view: EditorView): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm";
  button.textContent = label;
  button.title = tag;
  button.addEventListener("click", () => {
    view.dispatch(view.state.replaceSelection(tag));
    view.focus();
  });
  return button;
}

function labelOf(textarea: HTMLTextAreaElement): HTMLLabelElement | null {
  return textarea.labels[0] ?? null;
}
