// <form data-bulk>: rows with input[data-bulk-item], one input[data-bulk-all], and a bar whose [data-bulk-count] counts.
// CSS shows the bar; without JavaScript the rows are ticked one by one and the bar has no count.
import { all } from "./dom";

export function startBulkSelection(): void {
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement)) return;
    const form = input.form;
    if (!form?.matches("[data-bulk]")) return;
    if (input.matches("[data-bulk-all]")) for (const item of items(form)) item.checked = input.checked;
    count(form);
  });
  document.addEventListener("reset", (event) => {
    const form = event.target;
    if (form instanceof HTMLFormElement && form.matches("[data-bulk]")) setTimeout(() => count(form));
  });
}

function items(form: HTMLFormElement): HTMLInputElement[] {
  return all<HTMLInputElement>("input[data-bulk-item]", form);
}

function count(form: HTMLFormElement): void {
  const rows = items(form);
  const chosen = rows.filter((row) => row.checked).length;
  const every = form.querySelector<HTMLInputElement>("[data-bulk-all]");
  if (every) {
    every.checked = chosen > 0 && chosen === rows.length;
    every.indeterminate = chosen > 0 && chosen < rows.length;
  }
  for (const label of all<HTMLElement>("[data-bulk-count]", form)) {
    const text = chosen === 1 ? label.dataset.one : label.dataset.many;
    label.textContent = (text ?? "{n}").replace("{n}", chosen.toLocaleString(document.documentElement.lang));
  }
}
