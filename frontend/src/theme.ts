// The theme form answers at once; the choice is stored by the server in the background.

export function startTheme(): void {
  document.addEventListener("change", (event) => {
    const choice = event.target;
    if (!(choice instanceof HTMLInputElement) || !choice.form?.matches("[data-theme-form]")) return;
    document.documentElement.dataset.bsTheme = choice.value;
    void fetch(choice.form.action, { method: "POST", body: new FormData(choice.form), redirect: "manual" });
  });
}
