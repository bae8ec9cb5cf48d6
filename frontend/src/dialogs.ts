// <button data-dialog="id" commandfor="id" command="show-modal"> opens <dialog id="id">. Browsers that know commands need
// nothing from here but closing by a click on the backdrop; the others get the rest too.
import { closest } from "./dom";

const KNOWS_COMMANDS = "command" in HTMLButtonElement.prototype;

export function startDialogs(): void {
  document.addEventListener("click", (event) => {
    const opener = KNOWS_COMMANDS ? null : closest<HTMLElement>(event, "[data-dialog]");
    const closer = KNOWS_COMMANDS ? null : closest(event, "[data-close]");
    if (opener) open(opener.dataset.dialog ?? "");
    else if (closer || isBackdrop(event)) closest<HTMLDialogElement>(event, "dialog")?.close();
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
