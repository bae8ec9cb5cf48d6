// [data-calendar]: a mailing that waits ([data-move] posts its new time) is dragged to another day, or moved there by
// Shift and an arrow key. Without this each has a link that sets its time.
import { closest } from "./dom";

const MOVES: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
let moving: HTMLElement | null = null;

export function startCalendar(): void {
  const calendar = document.querySelector("[data-calendar]");
  if (!calendar) return;
  calendar.addEventListener("dragstart", (event) => pick(event as DragEvent));
  calendar.addEventListener("dragover", (event) => hover(event as DragEvent));
  calendar.addEventListener("drop", (event) => drop(event as DragEvent));
  calendar.addEventListener("dragend", () => forget());
  calendar.addEventListener("keydown", (event) => press(event as KeyboardEvent));
}

function pick(event: DragEvent): void {
  moving = closest<HTMLElement>(event, "[data-move]");
  if (!moving || !event.dataTransfer) return;
  moving.dataset.moving = "";
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", moving.dataset.at ?? "");
}

function hover(event: DragEvent): void {
  const day = closest<HTMLElement>(event, "[data-day]");
  if (!moving || !day) return;
  event.preventDefault();
  mark(day);
}

function drop(event: DragEvent): void {
  const day = closest<HTMLElement>(event, "[data-day]")?.dataset.day;
  if (!moving || !day) return;
  event.preventDefault();
  send(moving, day);
}

function press(event: KeyboardEvent): void {
  const step = MOVES[event.key];
  const entry = closest<HTMLElement>(event, "[data-move]");
  if (!event.shiftKey || !step || !entry) return;
  event.preventDefault();
  const day = new Date(`${(entry.dataset.at ?? "").slice(0, 10)}T00:00Z`);
  day.setUTCDate(day.getUTCDate() + step);
  send(entry, day.toISOString().slice(0, 10));
}

function send(entry: HTMLElement, day: string): void {
  const form = document.querySelector<HTMLFormElement>("form#move");
  const at = entry.dataset.at ?? "";
  if (!form || !entry.dataset.move || at.startsWith(day)) return forget();
  form.action = entry.dataset.move;
  (form.elements.namedItem("at") as HTMLInputElement).value = day + at.slice(10);
  form.requestSubmit();
}

function mark(day: HTMLElement | null): void {
  for (const marked of document.querySelectorAll<HTMLElement>("[data-over]")) delete marked.dataset.over;
  if (day) day.dataset.over = "";
}

function forget(): void {
  if (moving) delete moving.dataset.moving;
  moving = null;
  mark(null);
}
