// Pictures: pasted, dropped or chosen, uploaded to the media library, asked for the words that stand in for them.
import type { Editor, JSONContent } from "@tiptap/core";
import { NodeSelection } from "@tiptap/pm/state";
import { insertBlock } from "./blocks";
import { one, say } from "./page";
import { postFile, postForm } from "./server";

export type Uploaded = { media: number | null; src: string };

let counter = 0;

// What is dropped and is no picture goes with the mail as a file.
export function filesIn(transfer: DataTransfer | null): File[] {
  return [...(transfer?.files ?? [])].filter((file) => !file.type.startsWith("image/"));
}

export async function attach(url: string, files: File[], tell: (text: string, wrong?: boolean) => void): Promise<void> {
  const form = new FormData();
  for (const file of files) form.append("files", file);
  tell(say("attaching"));
  const { body } = await postForm(url, form);
  tell(((body.told as string[]) ?? [say("upload_unreachable")]).join(" "), body.wrong !== false);
  const count = document.querySelector("[data-files]");
  if (count && body.count) count.textContent = String(body.count);
}

export function picturesIn(transfer: DataTransfer | null): File[] {
  return [...(transfer?.files ?? [])].filter((file) => file.type.startsWith("image/"));
}

export class Pictures {
  constructor(private readonly editor: Editor, private readonly url: string, private readonly tell: (text: string, wrong?: boolean) => void) {}

  // Puts a block in at once, where the words go on, and its picture when the server has it.
  async add(file: File): Promise<void> {
    const id = freshId();
    insertBlock(this.editor, { type: "image", attrs: { id, alt: "" } });
    await this.fillIn(id, file);
    askForWords(this.editor);
  }

  async fillIn(id: string, file: File): Promise<void> {
    this.tell(say("uploading"));
    const found = await this.upload(file);
    if (!found) return;
    place(this.editor, id, found);
    this.tell("");
  }

  async upload(file: File): Promise<Uploaded | null> {
    const { status, body } = await postFile(this.url, file);
    if (status >= 200 && status < 300) return { media: body.id as number, src: new URL(body.url as string, location.href).href };
    this.tell((body.error as string) || say(status ? "upload_refused" : "upload_unreachable"), true);
    return null;
  }

  // Pictures inside pasted HTML: those that came as data are uploaded, those on somebody's disk cannot be reached.
  adopt(html: string): string {
    const page = new DOMParser().parseFromString(html, "text/html");
    let lost = 0;
    for (const block of page.querySelectorAll<HTMLElement>('[data-block="image"]')) {
      const attrs = JSON.parse(block.dataset.attrs ?? "{}") as JSONContent;
      const src = String(attrs.src ?? "");
      if (/^https?:\/\//i.test(src)) continue;
      const file = fileOf(src);
      if (file) {
        const id = freshId();
        block.dataset.attrs = JSON.stringify({ ...attrs, src: "", id });
        setTimeout(() => void this.fillIn(id, file));
      } else {
        block.remove();
        lost += 1;
      }
    }
    if (lost) this.tell(say("pictures_lost", { count: lost }), true);
    return page.body.innerHTML;
  }
}

// The words that stand in for a picture are asked for at once, unless its author has gone on to something else.
function askForWords(editor: Editor): void {
  const { selection } = editor.state;
  if (selection instanceof NodeSelection && selection.node.type.name === "image" && editor.isFocused) one<HTMLInputElement>("#set-alt").focus();
}

function freshId(): string {
  counter += 1;
  return `picture-${Date.now().toString(36)}-${counter}`;
}

function place(editor: Editor, id: string, found: Uploaded): void {
  editor.commands.command(({ tr, state }) => {
    state.doc.descendants((node, pos) => {
      if (node.attrs.id === id) tr.setNodeMarkup(pos, undefined, { ...node.attrs, ...found, id: null });
    });
    return true;
  });
}

function fileOf(src: string): File | null {
  const found = /^data:(image\/(?:png|jpeg|gif|webp));base64,([\w+/=\s]+)$/.exec(src);
  if (!found) return null;
  const bytes = Uint8Array.from(atob(found[2]!.replace(/\s/g, "")), (letter) => letter.charCodeAt(0));
  return new File([bytes], `pasted.${found[1]!.split("/")[1]}`, { type: found[1] });
}

// The hidden file field that "Choose a picture" opens.
export function startPictureField(field: HTMLInputElement, take: (file: File) => void): void {
  field.addEventListener("change", () => {
    if (field.files?.[0]) take(field.files[0]);
    field.value = "";
  });
  for (const button of document.querySelectorAll("[data-choose-picture]")) button.addEventListener("click", () => field.click());
}

export function statusLine(): (text: string, wrong?: boolean) => void {
  const line = one<HTMLElement>("[data-tell]");
  return (text, wrong = false) => {
    line.textContent = text;
    line.hidden = !text;
    line.classList.toggle("wrong", wrong);
  };
}
