// <details data-menu>: closes on a click elsewhere and on Escape, and gives the focus back.
import { all } from "./dom";

export function startMenus(): void {
  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target as Node)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) close(menu);
  });
}

function openMenus(): HTMLDetailsElement[] {
  return all<HTMLDetailsElement>("details[data-menu][open]");
}

function close(menu: HTMLDetailsElement): void {
  const hadFocus = menu.contains(document.activeElement);
  menu.open = false;
  if (hadFocus) menu.querySelector("summary")?.focus();
}
