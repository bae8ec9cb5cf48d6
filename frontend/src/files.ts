// <form data-drop>: files that are dropped on it are chosen in its file field, and it is sent.

export function startDropZones(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-drop]")) {
    const field = form.querySelector<HTMLInputElement>("input[type=file]");
    if (!field) continue;
    let over = 0;
    const show = (count: number): void => {
      over = count;
      form.toggleAttribute("data-over", over > 0);
    };
    form.addEventListener("dragenter", () => show(over + 1));
    form.addEventListener("dragleave", () => show(over - 1));
    form.addEventListener("dragover", (event) => event.preventDefault());
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      show(0);
      if (!event.dataTransfer?.files.length) return;
      field.files = event.dataTransfer.files;
      form.requestSubmit();
    });
  }
}
