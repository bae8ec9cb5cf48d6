// After a form came back with errors, the focus is on what sums them up.

export function startFocus(): void {
  document.querySelector<HTMLElement>("[data-focus]")?.focus();
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.target instanceof Element) event.target.querySelector<HTMLElement>("[data-focus]")?.focus();
  });
}
