// "Show only if …": the builder of segments in a dialog (htmx draws it), its tree kept in the block's `condition`.
import type { Editor } from "@tiptap/core";
import { one, say } from "./page";
import { postForm } from "./server";
import type { Settings } from "./settings";

type Condition = { of: Record<string, unknown[]> };

export function startConditions(editor: Editor, settings: Settings): void {
  const dialog = document.querySelector<HTMLDialogElement>("#condition-dialog");
  const part = one<HTMLElement>("[data-conditions]");
  if (!dialog) return part.remove();
  const form = one<HTMLFormElement>("form", dialog);
  editor.on("transaction", () => show(part, settings));
  show(part, settings);
  one("[data-condition-edit]", part).addEventListener("click", () => open(dialog, settings));
  one("[data-condition-clear]", part).addEventListener("click", () => settings.set({ condition: null }));
  one("[data-condition-close]", dialog).addEventListener("click", () => dialog.close());
  one("[data-condition-set]", dialog).addEventListener("click", () => void take(dialog, form, settings));
  form.addEventListener("submit", (event) => event.preventDefault());
}

function show(part: HTMLElement, settings: Settings): void {
  const condition = settings.block()?.node.attrs.condition as Condition | null;
  one("[data-condition-words]", part).textContent = say(condition ? "shown_to_some" : "shown_to_all");
  one<HTMLElement>("[data-condition-clear]", part).hidden = !condition;
}

function open(dialog: HTMLDialogElement, settings: Settings): void {
  const condition = settings.block()?.node.attrs.condition as Condition | null;
  one<HTMLInputElement>("input[name=condition]", dialog).value = JSON.stringify(condition ?? {});
  trouble(dialog, "");
  dialog.showModal();
  one("[data-condition-load]", dialog).dispatchEvent(new CustomEvent("open-condition"));
}

async function take(dialog: HTMLDialogElement, form: HTMLFormElement, settings: Settings): Promise<void> {
  const { status, body } = await postForm(form.dataset.read!, new FormData(form));
  if (status !== 200) return trouble(dialog, (body.error as string) || say("condition_unread"));
  const condition = body.condition as Condition;
  const asksSomething = Object.values(condition.of).some((conditions) => conditions.length > 0);
  settings.set({ condition: asksSomething ? condition : null });
  dialog.close();
}

function trouble(dialog: HTMLDialogElement, text: string): void {
  const line = one<HTMLElement>("[data-condition-trouble]", dialog);
  line.textContent = text;
  line.hidden = !text;
}
