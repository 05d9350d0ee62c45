/** One text that somebody can be shown, and what leads to it. */
export type Shown = { when: string; text: string };

/** Texts of one kind. */
export type Chapter = { heading: string; about?: string; texts: readonly Shown[] };

/** The chapters as one Markdown document, every text in a block of its own. */
export function document(title: string, about: string, chapters: readonly Chapter[]): string {
  const parts = chapters.map(({ heading, about: more, texts }) =>
    [`## ${heading}`, ...(more === undefined ? [] : [more]), ...texts.map(block)].join("\n\n"),
  );
  return `${[`# ${title}`, about, ...parts].join("\n\n")}\n`;
}

function block({ when, text }: Shown): string {
  return `### ${when}\n${text.trimEnd().replace(/^(?=.)/gm, "    ")}`;
}
