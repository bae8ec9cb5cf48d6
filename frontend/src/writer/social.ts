// The rows of a "follow us" block: a network and its address each.
import type { Editor } from "@tiptap/core";
import { closest } from "../dom";
import { full } from "./links";
import type { Settings } from "./settings";

type Item = { network: string; url: string };
const MOST = 12;

export function startSocial(settings: Settings, root: HTMLElement, editor: Editor): void {
  const template = root.querySelector("template")!;
  const rows = root.querySelector<HTMLElement>("[data-rows]")!;
  const items = (): Item[] => {
    const node = settings.block()?.node;
    return node?.type.name === "social" ? (node.attrs.items as Item[]) : [];
  };
  const show = (): void => {
    const now = items();
    while (rows.childElementCount > now.length) rows.lastElementChild!.remove();
    while (rows.childElementCount < now.length) rows.append(template.content.cloneNode(true));
    now.forEach((item, index) => fill(rows.children[index]!, item));
    root.querySelector<HTMLButtonElement>("[data-add]")!.disabled = now.length >= MOST;
  };
  root.addEventListener("change", () => settings.set({ items: [...rows.children].map(read) }));
  root.addEventListener("click", (event) => {
    const gone = closest(event, "[data-remove]")?.closest("[data-row]");
    if (gone) settings.set({ items: items().filter((_item, index) => rows.children[index] !== gone) });
    if (closest(event, "[data-add]")) settings.set({ items: [...items(), { network: "web", url: "" }] });
  });
  editor.on("transaction", show);
}

function fill(row: Element, item: Item): void {
  const [network, url] = row.querySelectorAll<HTMLSelectElement | HTMLInputElement>("select, input");
  if (network !== document.activeElement) network!.value = item.network;
  if (url !== document.activeElement) url!.value = item.url;
}

function read(row: Element): Item {
  const [network, url] = row.querySelectorAll<HTMLSelectElement | HTMLInputElement>("select, input");
  return { network: network!.value, url: full(url!.value.trim()) };
}
