// How blocks that are no plain text are drawn on the paper. Each drawing is a pure function of the node.
import { type Extension, type Node, type NodeViewRendererProps } from "@tiptap/core";
import type { Attrs, Node as ProseNode } from "@tiptap/pm/model";
import type { NodeView } from "@tiptap/pm/view";
import { boxStyle, css } from "./look";
import { Article, Button, Divider, Html, Image, Social, Spacer } from "./nodes";
import { icon, say } from "./page";

type Drawing = { inner: HTMLElement | HTMLElement[]; content?: HTMLElement };
type Draw = (attrs: Attrs) => Drawing;

function element(tag: string, className = "", text = "", style = ""): HTMLElement {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  if (style) made.style.cssText = style;
  return made;
}

function drawn(node: Node, draw: Draw): Node {
  return node.extend({ addNodeView: () => (props: NodeViewRendererProps) => view(props.node, draw) });
}

function view(first: ProseNode, draw: Draw): NodeView {
  const dom = element("div");
  const { inner, content } = draw(first.attrs);
  dom.append(...[inner].flat());
  frame(dom, first);
  let shown = first;
  const update = (node: ProseNode): boolean => {
    if (node.type !== shown.type) return false;
    if (node.attrs !== shown.attrs && JSON.stringify(node.attrs) !== JSON.stringify(shown.attrs)) {
      if (content) return false;
      dom.replaceChildren(...[draw(node.attrs).inner].flat());
      frame(dom, node);
    }
    shown = node;
    return true;
  };
  return { dom, contentDOM: content ?? null, update, ignoreMutation: (mutation) => mutation.type !== "selection" && !content?.contains(mutation.target) };
}

function frame(dom: HTMLElement, node: ProseNode): void {
  dom.dataset.block = node.type.name;
  dom.toggleAttribute("data-condition", Boolean(node.attrs.condition));
  dom.toggleAttribute("data-locked", Boolean(node.attrs.locked));
  dom.style.cssText = css(boxStyle(node.attrs));
}

function picture(attrs: Attrs, className: string): HTMLElement {
  if (!attrs.src) {
    const empty = element("div", `no-picture ${className}`);
    empty.append(icon("photo"), element("span", "", say("no_picture")));
    return empty;
  }
  const image = element("img", className) as HTMLImageElement;
  image.src = attrs.src as string;
  image.alt = attrs.alt as string;
  image.draggable = false;
  if (attrs.width) image.style.width = `${attrs.width}px`;
  return image;
}

function drawImage(attrs: Attrs): Drawing {
  const parts = [picture(attrs, "picture")];
  if (attrs.src && !attrs.alt) parts.push(element("span", "no-alt", say("no_alt")));
  return { inner: parts };
}

function drawButton(attrs: Attrs): Drawing {
  const label = element("span", "mail-button", "", css({
    "background-color": attrs.color as string | null,
    color: attrs.textColor as string | null,
    "border-radius": attrs.corner === null ? null : `${attrs.corner}px`,
    display: attrs.fullWidth ? "block" : null,
  }));
  return { inner: label, content: label };
}

function drawDivider(attrs: Attrs): Drawing {
  const line = element("div", "mail-line", "", css({
    "border-top": `${attrs.thickness}px ${attrs.line} ${attrs.color ?? "var(--mail-rule)"}`,
    width: `${attrs.width}%`,
  }));
  line.dataset.align = (attrs.align as string | null) ?? "center";
  return { inner: line };
}

function drawSpacer(attrs: Attrs): Drawing {
  return { inner: element("div", "mail-space", "", `height: ${attrs.height}px`) };
}

type SocialItem = { network: string; url: string };

function drawSocial(attrs: Attrs): Drawing {
  const items = attrs.items as SocialItem[];
  if (!items.length) return { inner: element("p", "nothing", say("no_social")) };
  const style = css({ color: attrs.color as string | null });
  return { inner: items.map(({ network }) => element("span", "mail-social", say(`network_${network}`), style)) };
}

function drawArticle(attrs: Attrs): Drawing {
  const card = element("div", `mail-article picture-${attrs.layout}`);
  const words = element("div");
  words.append(
    ...(attrs.kicker ? [element("p", "kicker", attrs.kicker as string)] : []),
    element("p", attrs.headline ? "headline" : "headline nothing", (attrs.headline as string) || say("no_headline")),
    ...(attrs.lead ? [element("p", "story", attrs.lead as string)] : []),
    ...(attrs.more ? [element("p", "onward", attrs.more as string)] : []),
  );
  card.append(picture({ ...attrs, width: null }, "picture"), words);
  return { inner: card };
}

// Somebody's own HTML is shown as its source: the preview shows what it does, in a frame that runs nothing.
function drawHtml(attrs: Attrs): Drawing {
  const source = (attrs.html as string).trim();
  if (!source) return { inner: element("p", "nothing", say("no_html")) };
  const shown = element("pre", "mail-html", source.slice(0, 600));
  return { inner: [element("span", "mail-html-label", "HTML"), shown] };
}

export const DRAWN: (Node | Extension)[] = [
  drawn(Image, drawImage),
  drawn(Button, drawButton),
  drawn(Divider, drawDivider),
  drawn(Spacer, drawSpacer),
  drawn(Social, drawSocial),
  drawn(Article, drawArticle),
  drawn(Html, drawHtml),
];
