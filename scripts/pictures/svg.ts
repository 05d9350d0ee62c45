/** What the pictures of the README have in common: a dark window, and text that needs no font of its own. */

/** As wide as GitHub shows a README, in pixels. */
export const pictureWidth = 830;

/** The looks that text can have. */
export const looks = {
  plain: "fill:#c9d1d9",
  dim: "fill:#8b949e",
  strong: "fill:#f0f6fc;font-weight:700",
  blue: "fill:#79c0ff",
  green: "fill:#7ee787",
  orange: "fill:#ffa657",
  yellow: "fill:#e3b341",
  red: "fill:#ff9b94",
} as const;
export type Look = keyof typeof looks;

const fontSize = 12;

/** How wide every character is drawn, whichever monospaced font there is. */
export const characterWidth = 7.2;

/** Text from a point on its baseline. It is as wide on every machine: one font's letters are wider than another's. */
export function textAt(x: number, y: number, text: string, look: Look): string {
  const start = text.length - text.trimStart().length;
  const words = text.trim();
  if (words === "") return "";
  const length = number(words.length * characterWidth);
  return `<text x="${number(x + start * characterWidth)}" y="${number(y)}" textLength="${length}" class="${look}">${escaped(words)}</text>`;
}

/** A picture on a window's background. */
export function picture(
  { title, height }: { title: string; height: number },
  parts: readonly string[],
): string {
  const styles = Object.entries(looks).map(([look, style]) => `.${look}{${style}}`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${pictureWidth}" height="${height}" viewBox="0 0 ${pictureWidth} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>text{font:${fontSize}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace}${styles.join("")}</style>`,
    `<rect x=".5" y=".5" width="${pictureWidth - 1}" height="${height - 1}" rx="9" fill="#0d1117" stroke="#3d444d"/>`,
    ...parts.filter((part) => part !== ""),
    "</svg>\n",
  ].join("\n");
}

/** A number in as few digits as a picture needs. */
export function number(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
