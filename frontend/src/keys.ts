// Keyboard: "/" to the search, "g" and a letter to a page, "?" for the list. Pages are links with data-key="g h".
import { all, isTyping } from "./dom";

const LEADER = "g";
const SEQUENCE_MS = 1200;
let ledAt = -Infinity;

export function startKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (follow(event.key)) event.preventDefault();
  });
}

function follow(key: string): boolean {
  const led = performance.now() - ledAt < SEQUENCE_MS;
  ledAt = key === LEADER && !led ? performance.now() : -Infinity;
  return (led && go(`${LEADER} ${key}`)) || single(key);
}

function single(key: string): boolean {
  if (key === "/") return focusSearch();
  if (key === "?") return showList();
  return go(key);
}

function go(keys: string): boolean {
  const target = all<HTMLElement>("[data-key]").find((element) => element.dataset.key === keys);
  target?.click();
  return target !== undefined;
}

function focusSearch(): boolean {
  const search = document.querySelector<HTMLInputElement>("[data-search]");
  search?.focus();
  search?.select();
  return search !== null;
}

function showList(): boolean {
  const dialog = document.querySelector<HTMLDialogElement>("#shortcuts");
  dialog?.showModal();
  return dialog !== null;
}
