// "Show only if …": the builder of segments in a dialog, its tree kept in the block's `condition`.
import type { Editor } from "@tiptap/core";
import { all } from "../dom";
import type { Settings } from "./settings";

export function startConditions(editor: Editor, settings: Settings): void {
  void editor;
  void settings;
  void all;
}
