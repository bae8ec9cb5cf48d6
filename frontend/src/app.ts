// What every page loads. Each part enhances what is already there; nothing below is needed to read or send a form.
import "htmx.org/dist/htmx.esm.js";
import { startBulkSelection } from "./bulk";
import { startCalendar } from "./calendar";
import { startClocks } from "./clock";
import { startSelfPressingForms } from "./confirm";
import { startCopyButtons } from "./copy";
import { startDialogs } from "./dialogs";
import { startDrafts } from "./drafts";
import { startDropZones } from "./files";
import { startFocus } from "./focus";
import { startKeys } from "./keys";
import { startLiveForms } from "./live";
import { startMenus } from "./menus";
import { startPasskeys } from "./passkeys";
import { startTheme } from "./theme";

for (const start of [
  startTheme,
  startMenus,
  startDialogs,
  startKeys,
  startDrafts,
  startBulkSelection,
  startCopyButtons,
  startLiveForms,
  startFocus,
  startDropZones,
  startSelfPressingForms,
  startPasskeys,
  startCalendar,
  startClocks,
]) {
  start();
}
