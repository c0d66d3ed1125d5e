import { stripVTControlCharacters } from "node:util";

/** What is needed of a terminal. */
export interface Terminal {
  write(text: string): unknown;
  /** 0 where it is unknown. */
  columns: number;
}

/**
 * Lines at the end of what a terminal shows, drawn over each other. The cursor stays visible and below them, and there is no second
 * screen: so nothing has to be restored, however the program ends.
 */
export class LiveScreen {
  readonly #terminal: Terminal;
  /** Columns of each line that is drawn. */
  #drawn: number[] = [];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Puts these lines in the place of those before, below `above`, which stays. Each must be narrower than the terminal. */
  draw(lines: readonly string[], above = ""): void {
    // In one go, and line by line over what was there, so that nothing flickers.
    const drawn = lines.map((line) => `${line}\u001B[K\n`).join("");
    this.#terminal.write(`${this.#up()}${above === "" ? "" : `\u001B[J${above}\n`}${drawn}\u001B[J`);
    this.#drawn = lines.map((line) => [...stripVTControlCharacters(line)].length);
  }

  clear(): void {
    if (this.#drawn.length > 0) this.draw([]);
  }

  /** To the first line. A terminal that became narrower has broken the lines that are now too long. */
  #up(): string {
    const rows = this.#drawn.reduce((sum, columns) => sum + Math.max(1, Math.ceil(columns / (this.#terminal.columns || Infinity))), 0);
    return rows === 0 ? "\r" : `\r\u001B[${rows}A`;
  }
}
