// Saving by itself: a second after the last key, at the latest after ten. What could not be sent stays in this browser
// (localStorage) and goes when the server is there again. A newer text of somebody else is never written over.
import type { Editor, JSONContent } from "@tiptap/core";
import { Node } from "@tiptap/pm/model";
import { clock, say } from "./page";
import { post, SIGNED_OUT, UNREACHABLE, type Answer } from "./server";

export type Theirs = { document: JSONContent; version: number; by: string };
type Kept = { document: JSONContent; version: number };
type Show = (text: string, tone: "calm" | "busy" | "wrong") => void;

const QUIET = 1_000;
const LONGEST = 10_000;
const AGAIN = 5_000;

export class Autosave {
  private dirty = false;
  private since = 0;
  private timer = 0;
  private running = false;
  private stopped = false;
  // What an earlier visit sent while it was leaving; this page may have been made just before that arrived.
  private parting: JSONContent | null = null;

  constructor(
    private readonly editor: Editor,
    private version: number,
    private readonly url: string,
    private readonly show: Show,
    private readonly onConflict: (theirs: Theirs) => void,
  ) {
    editor.on("update", () => this.touched());
    window.addEventListener("online", () => this.dirty && this.plan(0));
    window.addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => document.hidden && this.leave());
  }

  get seen(): number {
    return this.version;
  }

  get unsaved(): boolean {
    return this.dirty;
  }

  // What an earlier visit could not send. Written on top of what the server has now, it is put back; else it is a conflict.
  restore(stored: JSONContent): void {
    const kept = this.read();
    if (!kept || this.equal(kept.document, stored)) return this.forget();
    this.parting = kept.document;
    if (kept.version === this.version) {
      this.editor.commands.setContent(kept.document, { emitUpdate: true });
      this.show(say("restored"), "calm");
    } else {
      this.editor.commands.setContent(kept.document, { emitUpdate: false });
      this.conflict({ document: stored, version: this.version, by: "" });
    }
  }

  // Saves what is there now; true once the server has it.
  async now(): Promise<boolean> {
    clearTimeout(this.timer);
    while (this.running) await new Promise((done) => setTimeout(done, 50));
    if (this.dirty && !this.stopped) await this.save();
    return !this.dirty;
  }

  keepMine(theirs: Theirs): void {
    this.version = theirs.version;
    this.stopped = false;
    this.dirty = true;
    this.plan(0);
  }

  // Mine is one step of undo away.
  takeTheirs(theirs: Theirs): void {
    this.version = theirs.version;
    this.editor.commands.setContent(theirs.document, { emitUpdate: false });
    this.stopped = false;
    this.dirty = false;
    this.forget();
    this.show(say("saved_at", { time: clock(new Date()) }), "calm");
  }

  private touched(): void {
    if (!this.dirty) this.since = Date.now();
    this.dirty = true;
    this.keep();
    if (this.stopped) return;
    this.show(say("unsaved"), "busy");
    this.plan(Math.max(0, Math.min(QUIET, this.since + LONGEST - Date.now())));
  }

  private plan(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.save(), milliseconds);
  }

  private async save(): Promise<void> {
    if (this.running || this.stopped) return this.plan(200);
    this.running = true;
    this.show(say("saving"), "busy");
    const document = this.editor.getJSON();
    const sent = this.editor.state.doc;
    const answer = await post(this.url, { document, version: this.version });
    this.running = false;
    this.answered(answer, sent.eq(this.editor.state.doc));
  }

  private answered({ status, body }: Answer, same: boolean): void {
    if (status === 200) this.saved(body.version as number, same);
    else if (status === 409 && this.mine(body as unknown as Theirs)) this.keepMine(body as unknown as Theirs);
    else if (status === 409) this.conflict(body as unknown as Theirs);
    else if (status === UNREACHABLE || status >= 500) this.later(say("offline"));
    else if (status === SIGNED_OUT) this.later(say("signed_out"));
    else this.show((body.error as string) || say("not_saved"), "wrong");
  }

  private saved(version: number, same: boolean): void {
    this.version = version;
    this.dirty = !same;
    this.since = Date.now();
    if (!same) return this.plan(QUIET);
    this.forget();
    this.show(say("saved_at", { time: clock(new Date()) }), "calm");
  }

  private later(text: string): void {
    this.keep();
    this.show(text, "wrong");
    this.plan(AGAIN);
  }

  private conflict(theirs: Theirs): void {
    this.stopped = true;
    this.keep();
    this.show(say("conflict"), "wrong");
    this.onConflict(theirs);
  }

  private mine(theirs: Theirs): boolean {
    return this.parting !== null && theirs.document !== null && this.equal(theirs.document, this.parting);
  }

  private equal(one: JSONContent, other: JSONContent): boolean {
    const { schema } = this.editor;
    return Node.fromJSON(schema, one).eq(Node.fromJSON(schema, other));
  }

  private leave(): void {
    if (!this.dirty || this.stopped || this.running) return;
    this.keep();
    const document = this.editor.getJSON();
    const sent = this.editor.state.doc;
    this.running = true;
    void post(this.url, { document, version: this.version }, { last: true }).then((answer) => {
      this.running = false;
      this.answered(answer, sent.eq(this.editor.state.doc));
    });
  }

  private get key(): string {
    return `writer:${this.url}`;
  }

  private keep(): void {
    try {
      localStorage.setItem(this.key, JSON.stringify({ document: this.editor.getJSON(), version: this.version }));
    } catch {
      // A full or forbidden store: the text is still on the screen, and the server is asked again.
    }
  }

  private read(): Kept | null {
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? "null") as Kept | null;
    } catch {
      return null;
    }
  }

  private forget(): void {
    localStorage.removeItem(this.key);
  }
}
