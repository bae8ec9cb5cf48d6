// What was typed and not yet sent survives a reload, a crashed tab and a lost connection (sessionStorage, this tab only).
// Every POST form is kept unless it says data-keep="off". Passwords, files and hidden fields never are.
import { all } from "./dom";

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
type Draft = { sent: boolean; values: Record<string, { base: string; typed: string }> };

const PREFIX = "draft:";
const SKIPPED = ["password", "file", "hidden", "submit", "button", "image", "reset"];

export function startDrafts(): void {
  const cameBack = returned();
  forgetSent(cameBack);
  for (const form of keptForms()) {
    if (restore(form)) tell(form);
  }
  document.addEventListener("input", (event) => remember(event.target));
  document.addEventListener("change", (event) => remember(event.target));
  document.addEventListener("submit", (event) => markSent(event.target));
}

function returned(): boolean {
  const [entry] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return entry?.type === "reload" || entry?.type === "back_forward";
}

// A sent form is forgotten once another page has come in answer; going back or reloading means it may not have arrived.
function forgetSent(cameBack: boolean): void {
  for (const key of Object.keys(sessionStorage).filter((name) => name.startsWith(PREFIX))) {
    const here = key.startsWith(`${PREFIX}${location.pathname}#`);
    if (read(key)?.sent && !(here && cameBack)) sessionStorage.removeItem(key);
  }
}

function keptForms(): HTMLFormElement[] {
  return all<HTMLFormElement>("form[method=post i]:not([data-keep=off])");
}

function remember(target: EventTarget | null): void {
  const field = target as Field | null;
  const form = field?.form;
  if (!field?.name || !form || !keptForms().includes(form) || SKIPPED.includes(field.type)) return;
  const values: Draft["values"] = {};
  for (const each of fieldsOf(form)) {
    if (valueOf(each) !== baseOf(each)) values[nameOf(each)] = { base: baseOf(each), typed: valueOf(each) };
  }
  if (Object.keys(values).length) sessionStorage.setItem(keyOf(form), JSON.stringify({ sent: false, values }));
  else sessionStorage.removeItem(keyOf(form));
}

function markSent(target: EventTarget | null): void {
  if (!(target instanceof HTMLFormElement)) return;
  const draft = read(keyOf(target));
  if (draft) sessionStorage.setItem(keyOf(target), JSON.stringify({ ...draft, sent: true }));
}

// Puts back only what the server has not changed since: its newer text wins.
function restore(form: HTMLFormElement): boolean {
  const draft = read(keyOf(form));
  let restored = false;
  for (const field of fieldsOf(form)) {
    const kept = draft?.values[nameOf(field)];
    if (!kept || kept.base !== baseOf(field) || kept.typed === baseOf(field)) continue;
    assign(field, kept.typed);
    restored = true;
  }
  if (draft && !restored) sessionStorage.removeItem(keyOf(form));
  return restored;
}

function tell(form: HTMLFormElement): void {
  const template = document.querySelector<HTMLTemplateElement>("#draft-restored");
  if (!template) return;
  const note = (template.content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement;
  note.querySelector("[data-discard]")?.addEventListener("click", () => {
    form.reset();
    for (const field of fieldsOf(form)) field.dispatchEvent(new Event("input", { bubbles: true }));
    sessionStorage.removeItem(keyOf(form));
    note.remove();
  });
  form.prepend(note);
}

function fieldsOf(form: HTMLFormElement): Field[] {
  return [...form.elements].filter((element): element is Field => {
    const field = element as Field;
    return Boolean(field.name) && "value" in field && field.tagName !== "BUTTON" && !SKIPPED.includes(field.type);
  });
}

function isTick(field: Field): field is HTMLInputElement {
  return field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio");
}

function nameOf(field: Field): string {
  return isTick(field) ? `${field.name}=${field.value}` : field.name;
}

function valueOf(field: Field): string {
  if (isTick(field)) return String(field.checked);
  return field instanceof HTMLSelectElement ? JSON.stringify([...field.selectedOptions].map((option) => option.value)) : field.value;
}

function baseOf(field: Field): string {
  if (isTick(field)) return String(field.defaultChecked);
  if (!(field instanceof HTMLSelectElement)) return field.defaultValue;
  const marked = [...field.options].filter((option) => option.defaultSelected);
  const first = field.multiple ? [] : [...field.options].slice(0, 1);
  return JSON.stringify((marked.length ? marked : first).map((option) => option.value));
}

function assign(field: Field, typed: string): void {
  if (isTick(field)) field.checked = typed === "true";
  else if (field instanceof HTMLSelectElement) {
    const chosen = JSON.parse(typed) as string[];
    for (const option of field.options) option.selected = chosen.includes(option.value);
  } else field.value = typed;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function keyOf(form: HTMLFormElement): string {
  const path = new URL(form.action, location.href).pathname;
  return `${PREFIX}${location.pathname}#${form.id || path}`;
}

function read(key: string): Draft | null {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null") as Draft | null;
  } catch {
    return null;
  }
}
