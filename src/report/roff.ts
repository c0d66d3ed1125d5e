// The few parts of man(7) that a manual page needs, as groff and mandoc both read them.

/** Text as roff shows it: nothing in it is taken for a macro, an escape or a typographic quote. */
export function roff(text: string): string {
  const escaped = text.replaceAll(/[\\"'`^~-]|\P{ASCII}/gu, (character) => ESCAPES[character] ?? `\\[u${codePoint(character)}]`);
  return escaped.replaceAll(/^\./gm, "\\&.");
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\e", '"': "\\(dq", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti", "-": "\\-",
};

function codePoint(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}

export function bold(text: string): string {
  return `\\fB${roff(text)}\\fR`;
}

export function italic(text: string): string {
  return `\\fI${roff(text)}\\fR`;
}

export function section(title: string, ...parts: readonly string[]): string {
  // A title begins a paragraph already.
  return `.SH ${roff(title)}\n${parts.join("\n").replace(/^\.PP\n/, "")}`;
}

export function subsection(title: string, ...parts: readonly string[]): string {
  return [`.SS ${roff(title)}`, ...parts].join("\n");
}

/** `text` is roff already, as in all that follow. */
export function paragraph(text: string): string {
  return `.PP\n${text}`;
}

export function definition(term: string, text: string): string {
  return `.TP\n${term}\n${text}`;
}

/** Lines that are shown as they are. */
export function verbatim(text: string): string {
  return `.PP\n.EX\n${roff(text)}\n.EE`;
}
