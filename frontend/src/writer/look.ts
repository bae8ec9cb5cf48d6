// How a block looks on the paper: its attributes as CSS. The server's renderer decides what readers get; this is near it.
import type { Attrs } from "@tiptap/pm/model";

export const FONTS: Record<string, string> = {
  system: 'system-ui, -apple-system, "Apple SD Gothic Neo", "Malgun Gothic", sans-serif',
  arial: "Arial, Helvetica, sans-serif",
  verdana: "Verdana, Geneva, sans-serif",
  tahoma: "Tahoma, Geneva, sans-serif",
  trebuchet: '"Trebuchet MS", Helvetica, sans-serif',
  georgia: "Georgia, serif",
  times: '"Times New Roman", Times, serif',
  courier: '"Courier New", Courier, monospace',
  malgun: '"Malgun Gothic", "맑은 고딕", sans-serif',
  dotum: 'Dotum, "돋움", "Apple SD Gothic Neo", sans-serif',
  gulim: 'Gulim, "굴림", "Apple SD Gothic Neo", sans-serif',
  batang: 'Batang, "바탕", AppleMyungjo, serif',
  "nanum-gothic": '"Nanum Gothic", "나눔고딕", sans-serif',
  "nanum-myeongjo": '"Nanum Myeongjo", "나눔명조", serif',
};

type Rules = Record<string, string | null | undefined>;

export function css(rules: Rules): string {
  return Object.entries(rules).filter(([, value]) => value).map(([name, value]) => `${name}: ${value}`).join("; ");
}

// What every block can have: room around it, a colour behind it, round corners, a side.
export function boxStyle(attrs: Attrs): Rules {
  return {
    padding: (attrs.padding as number[] | null)?.map((side) => `${side}px`).join(" "),
    "background-color": attrs.background as string | null,
    "border-radius": attrs.radius ? `${attrs.radius}px` : null,
    "text-align": attrs.align as string | null,
  };
}

// The theme as custom properties of the paper; writer.css uses them.
export function themeProperties(theme: Attrs, brand: string): Rules {
  const main = (theme.brand as string | null) || brand;
  return {
    "--mail-font": FONTS[theme.font as string],
    "--mail-heading-font": FONTS[(theme.headingFont as string | null) ?? (theme.font as string)],
    "--mail-size": `${theme.textSize}px`,
    "--mail-leading": String((theme.lineHeight as number) / 100),
    "--mail-width": `${theme.width}px`,
    "--mail-desk": theme.background as string,
    "--mail-paper": theme.paper as string,
    "--mail-ink": theme.textColor as string,
    "--mail-heading": (theme.headingColor as string | null) ?? (theme.textColor as string),
    "--mail-link": (theme.linkColor as string | null) ?? main,
    "--mail-brand": main,
    "--mail-radius": `${theme.radius}px`,
  };
}
