// On narrow screens palette and settings are sheets that come up from below; one at a time, Escape closes.
import { all, closest } from "../dom";

export function startSheets(main: HTMLElement): void {
  const open = (name: string): void => {
    main.dataset.sheet = main.dataset.sheet === name ? "" : name;
    for (const button of all("[data-open-sheet]", main)) button.setAttribute("aria-expanded", String((button as HTMLElement).dataset.openSheet === main.dataset.sheet));
  };
  main.addEventListener("click", (event) => {
    const button = closest<HTMLElement>(event, "[data-open-sheet]");
    if (button) open(button.dataset.openSheet!);
    else if (closest(event, "[data-insert], [data-close-sheet]")) open("");
  });
  main.addEventListener("keydown", (event) => event.key === "Escape" && main.dataset.sheet && open(""));
  for (const tab of all<HTMLElement>("[data-tab]", main)) tab.addEventListener("click", () => choose(main, tab));
}

function choose(main: HTMLElement, chosen: HTMLElement): void {
  for (const tab of all<HTMLElement>("[data-tab]", main)) {
    const on = tab === chosen;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
    main.querySelector<HTMLElement>(`#${tab.getAttribute("aria-controls")}`)!.hidden = !on;
  }
}
