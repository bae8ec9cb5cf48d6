// <time data-clock="Asia/Seoul">: what the clocks of that zone show, to the second, while somebody looks.
import { all } from "./dom";

export function startClocks(): void {
  const clocks = all<HTMLTimeElement>("time[data-clock]");
  if (!clocks.length) return;
  tell(clocks);
  setInterval(() => document.hidden || tell(clocks), 1000);
}

function tell(clocks: HTMLTimeElement[]): void {
  const now = new Date();
  for (const clock of clocks) {
    const format = { timeZone: clock.dataset.clock, timeStyle: "medium" } as const;
    clock.textContent = now.toLocaleTimeString(document.documentElement.lang, format);
    clock.dateTime = now.toISOString();
  }
}
