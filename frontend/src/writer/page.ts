// What the page hands over (data-writer on <main>), and the words that only scripts say.

export type Field = { name: string; label: string; sample: string; kind: "text" | "number" | "date" };
export type Person = { id: number; name: string };

export type Config = {
  document: Record<string, unknown>;
  version: number;
  readonly: boolean;
  fields: Field[];
  urls: { save: string; presence: string; upload: string; blocks?: string; attach?: string };
  csrf: string;
  sprite: string;
  words: Record<string, string>;
  locale: string;
};

let config: Config;

export function readPage(root: HTMLElement): Config {
  config = JSON.parse(root.dataset.writer ?? "{}") as Config;
  return config;
}

// A word of the page, with its {name} filled in.
export function say(key: string, values: Record<string, string | number> = {}): string {
  const text = config.words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_whole, name: string) => String(values[name] ?? ""));
}

export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${config.sprite}#${name}`);
  svg.append(use);
  return svg;
}

export function one<T extends Element>(selector: string, root: ParentNode = document): T {
  const found = root.querySelector<T>(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
}

export function clock(moment: Date): string {
  return moment.toLocaleTimeString(config.locale, { hour: "numeric", minute: "2-digit" });
}
