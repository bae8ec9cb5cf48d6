// <button data-dialog="id"> opens <dialog id="id">; a click on the backdrop or on [data-close] closes it.
import { closest } from "./dom";

export function startDialogs(): void {
  document.addEventListener("click", (event) => {
    const opener = closest<HTMLElement>(event, "[data-dialog]");
    if (opener) open(opener.dataset.dialog ?? "");
    else if (closest(event, "[data-close]") || isBackdrop(event)) closest<HTMLDialogElement>(event, "dialog")?.close();
  });
}

function open(id: string): void {
  const dialog = document.getElementById(id);
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}

function isBackdrop(event: MouseEvent): boolean {
  if (!(event.target instanceof HTMLDialogElement)) return false;
  const box = event.target.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}
