// Pasting and dropping: foreign HTML is cleaned to blocks, pictures are uploaded, other files go with the mail, our own blocks travel as they are.
import { Extension } from "@tiptap/core";
import { Plugin } from "@tiptap/pm/state";
import { clean, ours } from "./clean";
import { filesIn, picturesIn, type Pictures } from "./pictures";

export function pasting(pictures: () => Pictures, take: (files: File[]) => boolean): Extension {
  return Extension.create({
    name: "pasting",
    addProseMirrorPlugins: () => [
      new Plugin({
        props: {
          transformPastedHTML: (html) => (html.includes("data-pm-slice") ? ours(html) : pictures().adopt(clean(html))),
          handlePaste: (_view, event) => takeFiles(event.clipboardData, pictures()),
          handleDrop: (_view, event, _slice, moved) => {
            if (moved) return false;
            const taken = take(filesIn(event.dataTransfer));
            return takeFiles(event.dataTransfer, pictures()) || taken;
          },
        },
      }),
    ],
  });
}

// Excel puts a picture of the cells beside the cells: where there are words, they are what is meant.
function takeFiles(transfer: DataTransfer | null, pictures: Pictures): boolean {
  const files = picturesIn(transfer);
  if (!files.length || transfer?.getData("text/plain").trim()) return false;
  void (async () => {
    for (const file of files) await pictures.add(file);
  })();
  return true;
}
