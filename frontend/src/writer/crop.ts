// Cropping: a frame over the whole picture, moved and sized by its handles or by the arrow keys. The server cuts and keeps
// the whole picture, so that it can be cropped anew; in the mail it is another picture, one step of undo away.
import { all } from "../dom";
import { one, say } from "./page";
import { postForm, read } from "./server";
import type { Settings } from "./settings";

// Parts of the picture, in ten-thousandths of its width and height.
type Frame = { left: number; top: number; width: number; height: number };
type Picture = { id: number; url: string; width: number; height: number };

const WHOLE = 10_000;
const LEAST = 300;
const STEP = 50;
const LEAP = 500;
const ARROWS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// What a frame becomes when its edge ("n", "se", …) or all of it ("") goes so far.
export function moved(frame: Frame, edge: string, across: number, down: number): Frame {
  if (!edge) return { ...frame, left: within(frame.left + across, 0, WHOLE - frame.width), top: within(frame.top + down, 0, WHOLE - frame.height) };
  let { left, top } = frame;
  let right = left + frame.width;
  let bottom = top + frame.height;
  if (edge.includes("w")) left = within(left + across, 0, right - LEAST);
  if (edge.includes("e")) right = within(right + across, left + LEAST, WHOLE);
  if (edge.includes("n")) top = within(top + down, 0, bottom - LEAST);
  if (edge.includes("s")) bottom = within(bottom + down, top + LEAST, WHOLE);
  return { left, top, width: right - left, height: bottom - top };
}

// The largest frame of a shape (width by height), in the middle.
export function shaped(ratio: number, picture: Picture): Frame {
  const wide = (ratio * picture.height) / picture.width;
  const width = Math.round(WHOLE * Math.min(1, wide));
  const height = Math.round(WHOLE * Math.min(1, 1 / wide));
  return { left: Math.round((WHOLE - width) / 2), top: Math.round((WHOLE - height) / 2), width, height };
}

function within(value: number, least: number, most: number): number {
  return Math.round(Math.min(Math.max(value, least), most));
}

export function startCrop(settings: Settings, library: string, tell: (text: string, wrong?: boolean) => void): void {
  const cropper = new Cropper(one("#crop-dialog"), settings, library, tell);
  for (const button of all("[data-crop]")) button.addEventListener("click", () => void cropper.open());
}

class Cropper {
  private readonly stage: HTMLElement;
  private readonly box: HTMLElement;
  private readonly image: HTMLImageElement;
  private readonly size: HTMLElement;
  private picture: Picture = { id: 0, url: "", width: 1, height: 1 };
  private frame: Frame = { left: 0, top: 0, width: WHOLE, height: WHOLE };

  constructor(
    private readonly dialog: HTMLDialogElement,
    private readonly settings: Settings,
    private readonly library: string,
    private readonly tell: (text: string, wrong?: boolean) => void,
  ) {
    this.stage = one("[data-stage]", dialog);
    this.box = one("[data-frame]", dialog);
    this.image = one("img", dialog);
    this.size = one("[data-size]", dialog);
    this.box.addEventListener("pointerdown", (event) => this.drag(event));
    this.box.addEventListener("keydown", (event) => this.press(event));
    for (const button of all<HTMLElement>("[data-ratio]", dialog)) button.addEventListener("click", () => this.show(shaped(Number(button.dataset.ratio), this.picture)));
    dialog.addEventListener("close", () => void this.closed(dialog.returnValue));
  }

  async open(): Promise<void> {
    const media = this.settings.block()?.node.attrs.media as number | null;
    if (!media) return this.tell(say("crop_elsewhere"), true);
    const { status, body } = await read(`${this.library}${media}`);
    if (status !== 200) return this.tell((body.error as string) || say("upload_unreachable"), true);
    this.picture = body.whole as Picture;
    this.image.src = this.picture.url;
    this.dialog.returnValue = "";
    this.dialog.showModal();
    this.show((body.frame as Frame | null) ?? { left: 0, top: 0, width: WHOLE, height: WHOLE });
    this.box.focus();
  }

  private show(frame: Frame): void {
    this.frame = frame;
    for (const side of ["left", "top", "width", "height"] as const) this.box.style[side] = `${frame[side] / 100}%`;
    const across = Math.max(1, Math.round((this.picture.width * frame.width) / WHOLE));
    const down = Math.max(1, Math.round((this.picture.height * frame.height) / WHOLE));
    this.size.textContent = `${across.toLocaleString()} × ${down.toLocaleString()}`;
  }

  private drag(event: PointerEvent): void {
    const handle = event.target as HTMLElement;
    const begun = this.frame;
    const room = this.stage.getBoundingClientRect();
    event.preventDefault();
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    const follow = (to: PointerEvent): void => {
      const across = ((to.clientX - event.clientX) / room.width) * WHOLE;
      const down = ((to.clientY - event.clientY) / room.height) * WHOLE;
      this.show(moved(begun, handle.dataset.edge ?? "", across, down));
    };
    handle.addEventListener("pointermove", follow);
    handle.addEventListener("lostpointercapture", () => handle.removeEventListener("pointermove", follow), { once: true });
  }

  private press(event: KeyboardEvent): void {
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    const far = event.shiftKey ? LEAP : STEP;
    this.show(moved(this.frame, (event.target as HTMLElement).dataset.edge ?? "", arrow[0] * far, arrow[1] * far));
  }

  private async closed(answer: string): Promise<void> {
    const whole = this.frame.width === WHOLE && this.frame.height === WHOLE;
    if (answer === "whole" || (answer === "set" && whole)) this.use(this.picture);
    else if (answer === "set") await this.cut();
  }

  private async cut(): Promise<void> {
    const form = new FormData();
    for (const [side, value] of Object.entries(this.frame)) form.append(side, String(value));
    this.tell(say("cropping"));
    const { status, body } = await postForm(`${this.library}${this.picture.id}/crops`, form);
    if (status !== 201) return this.tell((body.error as string) || say("upload_unreachable"), true);
    this.use(body as unknown as Picture);
    this.tell("");
  }

  private use({ id, url }: Picture): void {
    this.settings.set({ media: id, src: new URL(url, location.href).href });
  }
}
