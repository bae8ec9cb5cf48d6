// <button data-copy="text"> or <button data-copy-from="#id">, data-copied="what the button then says".
import { closest } from "./dom";

const SHOWN_MS = 2000;

export function startCopyButtons(): void {
  document.addEventListener("click", (event) => {
    const button = closest<HTMLElement>(event, "[data-copy], [data-copy-from]");
    if (button) void copy(button);
  });
}

async function copy(button: HTMLElement): Promise<void> {
  await navigator.clipboard.writeText(textFor(button));
  const label = button.querySelector<HTMLElement>("[data-label]") ?? button;
  const before = label.textContent;
  label.textContent = button.dataset.copied ?? before;
  setTimeout(() => (label.textContent = before), SHOWN_MS);
}

function textFor(button: HTMLElement): string {
  if (button.dataset.copy !== undefined) return button.dataset.copy;
  const source = document.querySelector<HTMLElement>(button.dataset.copyFrom ?? "");
  return source instanceof HTMLInputElement || source instanceof HTMLTextAreaElement ? source.value : (source?.innerText ?? "");
}
