// <form data-presses-itself>: a page that is looked at sends its form by itself. One that nobody sees (a preview, a
// scanner that only renders) leaves it to the button.

export function startSelfPressingForms(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-presses-itself]");
  if (!form) return;
  const press = (): void => {
    if (document.visibilityState !== "visible" || navigator.webdriver) return;
    document.removeEventListener("visibilitychange", press);
    form.requestSubmit();
  };
  document.addEventListener("visibilitychange", press);
  press();
}
