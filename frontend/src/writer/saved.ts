// Blocks kept for other mails: those there are can be inserted like any other, and the chosen one can be kept or renewed.
import type { JSONContent } from "@tiptap/core";
import { all } from "../dom";
import { CATALOGUE } from "./catalogue";
import { one, say } from "./page";
import { post } from "./server";
import type { Settings } from "./settings";

export function offerSavedBlocks(): void {
  for (const entry of all<HTMLElement>("[data-block]")) {
    CATALOGUE[entry.dataset.insert!] = () => JSON.parse(entry.dataset.block!) as JSONContent;
  }
}

export function startSavedBlocks(settings: Settings, url: string, tell: (text: string, wrong?: boolean) => void): void {
  const root = one<HTMLElement>("[data-keep-block]");
  const title = one<HTMLInputElement>("input", root);
  const keep = async (renew: boolean): Promise<void> => {
    const node = settings.block()?.node;
    if (!node) return;
    const id = renew ? (node.attrs.saved as number | null) : null;
    const { status, body } = await post(url, { title: title.value, block: node.toJSON(), id });
    if (status !== 200) return tell((body.error as string) || say("upload_unreachable"), true);
    settings.set({ saved: body.id });
    title.value = "";
    tell(say("block_saved"));
  };
  one("[data-keep-new]", root).addEventListener("click", () => void keep(false));
  one("[data-keep-again]", root).addEventListener("click", () => void keep(true));
  root.addEventListener("toggle", () => {
    one<HTMLButtonElement>("[data-keep-again]", root).disabled = !settings.block()?.node.attrs.saved;
  });
}
