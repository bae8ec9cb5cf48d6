// The workspace's pictures in a dialog, to be used again.
import { one, say } from "./page";
import type { Uploaded } from "./pictures";
import { read } from "./server";

type Picture = { id: number; title: string; url: string };

export function startLibrary(url: string, take: (picture: Uploaded, title: string) => void): void {
  const dialog = one<HTMLDialogElement>("#library-dialog");
  const shelf = one<HTMLElement>("[data-shelf]", dialog);
  const search = one<HTMLInputElement>("input[type=search]", dialog);
  const fill = async (): Promise<void> => {
    const { status, body } = await read(`${url}?q=${encodeURIComponent(search.value.trim())}`);
    const pictures = status === 200 ? (body.pictures as Picture[]) : [];
    const chosen = (picture: Picture): void => {
      dialog.close();
      take({ media: picture.id, src: new URL(picture.url, location.href).href }, picture.title);
    };
    shelf.replaceChildren(...pictures.map((picture) => entry(picture, () => chosen(picture))));
    if (!pictures.length) shelf.textContent = status === 200 ? say("library_empty") : say("upload_unreachable");
  };
  let pause = 0;
  search.addEventListener("input", () => {
    clearTimeout(pause);
    pause = window.setTimeout(() => void fill(), 250);
  });
  for (const button of document.querySelectorAll("[data-open-library]")) {
    button.addEventListener("click", () => {
      dialog.showModal();
      void fill();
    });
  }
}

function entry(picture: Picture, chosen: () => void): HTMLElement {
  const button = document.createElement("button");
  button.type = "button";
  const image = Object.assign(document.createElement("img"), { src: picture.url, alt: "", loading: "lazy" });
  button.append(image, Object.assign(document.createElement("span"), { textContent: picture.title }));
  button.addEventListener("click", chosen);
  return button;
}
