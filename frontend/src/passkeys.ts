// <form data-passkey="create|get" data-options="JSON" hidden>: asks the device and posts what it says in "answer".
import { all } from "./dom";

type Made = PublicKeyCredential & { toJSON(): unknown };

export function startPasskeys(): void {
  if (!("PublicKeyCredential" in window) || !("parseCreationOptionsFromJSON" in PublicKeyCredential)) return;
  for (const form of all<HTMLFormElement>("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void ask(form);
    });
  }
}

async function ask(form: HTMLFormElement): Promise<void> {
  const answer = form.querySelector<HTMLInputElement>("input[name=answer]");
  const failure = form.querySelector<HTMLElement>("[role=alert]");
  if (!answer || !failure) return;
  failure.hidden = true;
  try {
    answer.value = JSON.stringify((await credential(form)).toJSON());
    form.submit();
  } catch {
    // The person said no, or waited too long: the page stays as it is.
    failure.hidden = false;
  }
}

async function credential(form: HTMLFormElement): Promise<Made> {
  const options = JSON.parse(form.dataset.options ?? "{}");
  const made =
    form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  if (!(made instanceof PublicKeyCredential)) throw new Error("no passkey");
  return made as Made;
}
