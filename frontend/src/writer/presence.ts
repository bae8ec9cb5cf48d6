// Who else has this mail open, asked for every fifteen seconds while somebody looks at the page.
import type { Autosave } from "./autosave";
import { one, say } from "./page";
import { post } from "./server";

const EVERY = 15_000;

export function startPresence(url: string, autosave: Autosave): void {
  const ask = async (): Promise<void> => {
    if (document.hidden) return;
    const { status, body } = await post(url, {});
    if (status === 200) show(body.others as string[], (body.version as number) > autosave.seen && !autosave.unsaved);
  };
  void ask();
  setInterval(() => void ask(), EVERY);
  document.addEventListener("visibilitychange", () => void ask());
}

function show(others: string[], newer: boolean): void {
  const line = one<HTMLElement>("[data-others]");
  line.hidden = !others.length;
  line.textContent = others.length ? say("others", { names: others.join(", ") }) : "";
  one<HTMLElement>("[data-newer]").hidden = !newer;
}
