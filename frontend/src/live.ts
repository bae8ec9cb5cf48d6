// <select data-submit> and <input data-submit> send their form when they change (filters). A form is sent once:
// the button that was pressed rests until the answer comes. A page that asks how things stand does not load itself anew
// while somebody is being led elsewhere: that would take them back.

const LEAVING = 5000; // a file that is saved looks like leaving, and the page stays

export function startLiveForms(): void {
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input instanceof HTMLElement && input.matches("[data-submit]")) input.closest("form")?.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !(event.target instanceof HTMLFormElement)) return;
    if (event.target.method !== "post" || event.target.matches("[hx-post]")) return;
    rest(event.target, event.submitter);
  });
  let left = -LEAVING;
  window.addEventListener("beforeunload", () => (left = performance.now()));
  document.addEventListener("htmx:before:response", (event) => {
    if (performance.now() - left < LEAVING) event.preventDefault();
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.forms) wake(form);
  });
}

function rest(form: HTMLFormElement, submitter: HTMLElement | null): void {
  if (form.dataset.sending) return;
  form.dataset.sending = "yes";
  // After this turn: a disabled button's own name and value would not be sent.
  setTimeout(() => submitter?.setAttribute("disabled", ""));
}

function wake(form: HTMLFormElement): void {
  if (!form.dataset.sending) return;
  delete form.dataset.sending;
  for (const button of form.querySelectorAll("button[disabled]")) button.removeAttribute("disabled");
}
