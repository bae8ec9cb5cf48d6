// The mail editor: Tiptap on <main data-writer="{…}">. Tools left, paper in the middle, settings right; all its markup and
// words are the page's (app/web/templates/writer/), here is what makes them work.
import { Editor, type JSONContent } from "@tiptap/core";
import HardBreak from "@tiptap/extension-hard-break";
import { BulletList, ListItem, ListKeymap, OrderedList } from "@tiptap/extension-list";
import { Table, TableCell, TableHeader, TableRow } from "@tiptap/extension-table";
import Text from "@tiptap/extension-text";
import { Dropcursor, Gapcursor, Placeholder, UndoRedo } from "@tiptap/extensions";
import { all } from "../dom";
import { Autosave } from "./autosave";
import { BlockKeys, insertBlock } from "./blocks";
import { mergeTagNode } from "./chips";
import { startConditions } from "./conditions";
import { resolveConflict } from "./conflict";
import { startCrop } from "./crop";
import { handles, startPalette } from "./handles";
import { startLibrary } from "./library";
import { LinkKey } from "./links";
import { lockGuard } from "./locks";
import { css, themeProperties } from "./look";
import { MARKS } from "./marks";
import { cursorMenus, type Line } from "./menu";
import { Column, Columns, Footer, Header, Heading, LIST_BOX, Mail, Paragraph, Quote, TABLE_BOX } from "./nodes";
import { one, readPage, say, type Config } from "./page";
import { pasting } from "./paste";
import { attach, Pictures, startPictureField, statusLine, type Uploaded } from "./pictures";
import { startPresence } from "./presence";
import { useToken } from "./server";
import { offerSavedBlocks, startSavedBlocks } from "./saved";
import { Settings } from "./settings";
import { startSheets } from "./sheets";
import { startSocial } from "./social";
import { startToolbar } from "./toolbar";
import { DRAWN } from "./views";

const CELL = { content: "(paragraph | bulletList | orderedList)+" };
const ITEM = "paragraph (paragraph | bulletList | orderedList)*";

const root = document.querySelector<HTMLElement>("[data-writer]");
if (root) start(root);

function start(main: HTMLElement): void {
  const config = readPage(main);
  useToken(config.csrf);
  offerSavedBlocks();
  const tell = statusLine();
  const editor: Editor = makeEditor(config, () => pictures);
  const pictures = new Pictures(editor, config.urls.upload, tell);
  dress(editor, main);
  startToolbar(editor, one("[data-toolbar]"));
  startPalette(editor, one("[data-palette]"));
  const settings = new Settings(editor, one("[data-settings]"));
  startToolbar(editor, one("[data-settings]"));
  startSocial(settings, one("[data-social]"), editor);
  startConditions(editor, settings);
  if (config.urls.blocks) startSavedBlocks(settings, config.urls.blocks, tell);
  startPictureField(one("#picture-file"), (file) => void choosePicture(settings, pictures, tell, file));
  startCrop(settings, config.urls.upload, tell);
  startLibrary(config.urls.upload, (picture) => usePicture(editor, settings, picture));
  startSheets(main);
  if (!config.readonly && config.urls.save) keep(editor, config);
}

function makeEditor(config: Config, pictures: () => Pictures): Editor {
  return new Editor({
    element: one("[data-paper]"),
    injectCSS: false,
    editable: !config.readonly,
    content: config.document as JSONContent,
    enableContentCheck: true,
    onContentError: ({ error }) => console.error(error),
    editorProps: { attributes: { role: "textbox", "aria-multiline": "true", "aria-label": say("paper"), spellcheck: "true" } },
    extensions: [
      Mail, Paragraph, Text, Heading, Quote, Columns, Column, Header, Footer, ...DRAWN, mergeTagNode(config.fields), HardBreak, ...MARKS,
      BulletList.extend({ group: "block small list", addAttributes: () => LIST_BOX }),
      OrderedList.extend({ group: "block small list", addAttributes() { return { ...this.parent?.(), ...LIST_BOX }; } }),
      ListItem.extend({ content: ITEM }),
      ListKeymap,
      Table.extend({ group: "block small", addAttributes: () => TABLE_BOX }),
      TableRow, TableCell.extend(CELL), TableHeader.extend(CELL),
      UndoRedo, Gapcursor, Dropcursor.configure({ color: false, class: "drop-line" }),
      Placeholder.configure({ placeholder: ({ node }) => placeholder(node.type.name), includeChildren: true, showOnlyCurrent: false }),
      BlockKeys, LinkKey, lockGuard, pasting(pictures, (files) => attachAll(config, files)), handles(one("[data-desk]")), cursorMenus(lines(), config.fields),
    ],
  });
}

function attachAll(config: Config, files: File[]): boolean {
  if (!files.length || !config.urls.attach || config.readonly) return false;
  void attach(config.urls.attach, files, statusLine());
  return true;
}

function placeholder(kind: string): string {
  return kind === "heading" ? say("placeholder_heading") : kind === "paragraph" ? say("placeholder") : "";
}

// The palette's entries are the menu's lines.
function lines(): Line[] {
  return all<HTMLElement>("[data-insert]").map((entry) => ({
    key: entry.dataset.insert!,
    label: entry.textContent!.trim(),
    icon: entry.dataset.icon!,
    words: entry.dataset.words,
  }));
}

function dress(editor: Editor, main: HTMLElement): void {
  const paper = one<HTMLElement>("[data-paper]");
  let worn = "";
  const wear = (): void => {
    const style = css(themeProperties(editor.state.doc.attrs.theme, main.dataset.brand ?? "#2149a8"));
    if (style !== worn) paper.parentElement!.style.cssText = style;
    worn = style;
  };
  editor.on("transaction", wear);
  wear();
}

async function choosePicture(settings: Settings, pictures: Pictures, tell: (text: string, wrong?: boolean) => void, file: File): Promise<void> {
  if (!holdsPicture(settings)) return pictures.add(file);
  tell(say("uploading"));
  const found = await pictures.upload(file);
  if (!found) return;
  settings.set({ ...found });
  tell("");
}

function usePicture(editor: Editor, settings: Settings, picture: Uploaded): void {
  if (holdsPicture(settings)) settings.set({ ...picture });
  else insertBlock(editor, { type: "image", attrs: { ...picture } });
}

function holdsPicture(settings: Settings): boolean {
  return ["image", "article"].includes(settings.block()?.node.type.name ?? "");
}

function keep(editor: Editor, config: Config): void {
  const line = one<HTMLElement>("[data-saved]");
  const show = (text: string, tone: string): void => {
    line.textContent = text;
    line.dataset.tone = tone;
  };
  const autosave: Autosave = new Autosave(editor, config.version, config.urls.save, show, (theirs) => resolveConflict(editor, () => autosave, theirs));
  autosave.restore(config.document as JSONContent);
  startPresence(config.urls.presence, autosave);
  // A way out of the page saves first; what cannot be saved has been kept and is said so.
  for (const link of all<HTMLAnchorElement>("a[data-save-first]")) {
    link.addEventListener("click", (event) => {
      if (!autosave.unsaved || event.metaKey || event.ctrlKey) return;
      event.preventDefault();
      void autosave.now().then((saved) => saved && location.assign(link.href));
    });
  }
  for (const button of all("[data-save-now]")) button.addEventListener("click", () => void autosave.now());
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      void autosave.now();
    }
  });
}
