// What the focus can reach: the summary of a form that came back with errors, and tables that are wider than the page;
// and of chips that are wider, the present one in sight.

export function startFocus(): void {
  document.querySelector<HTMLElement>("[data-focus]")?.focus();
  openWideTables();
  showPresentChips();
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.target instanceof Element) event.target.querySelector<HTMLElement>("[data-focus]")?.focus();
    openWideTables();
  });
  window.addEventListener("resize", openWideTables);
}

// A table that scrolls sideways must scroll from the keyboard too; one that fits needs no extra stop.
function openWideTables(): void {
  for (const frame of document.querySelectorAll<HTMLElement>(".table-wrap")) {
    if (frame.scrollWidth > frame.clientWidth) frame.tabIndex = 0;
    else frame.removeAttribute("tabindex");
  }
}

// Where chips scroll sideways (on a phone), the one of this page is in sight.
function showPresentChips(): void {
  for (const chip of document.querySelectorAll<HTMLElement>(".chips [aria-current]")) {
    const row = chip.closest<HTMLElement>(".chips")!;
    if (row.scrollWidth > row.clientWidth) row.scrollLeft = chip.offsetLeft - row.offsetLeft - (row.clientWidth - chip.clientWidth) / 2;
  }
}
