const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const ZERO = 0x30;
/** Whole numbers of as many digits are exact as integers of 32 bits, and as doubles. */
const COUNT_DIGITS = 9;
const INSTANT_DIGITS = 15;
const WORD = 8;
const HALF = 4;

/** A few times as many as there are names in the records of a file that this program wrote. */
const MOST_NAMES = 1024;

/** What a cursor returns where the bytes are not what was asked for. */
export const NONE = -1;

/**
 * Bytes of ASCII that lines have in common, at least four: compared in words of eight bytes, the last of which overlaps the one before where the
 * length is no multiple of eight; shorter ones in two of four. A word of eight is read as a double: no letter makes one a NaN or a zero, so two are
 * equal where all their bytes are.
 */
export class Literal {
  readonly length: number;
  readonly words: Float64Array;
  readonly lastWord: number;
  readonly firstHalf: number;
  readonly lastHalf: number;

  constructor(text: string) {
    const bytes = Buffer.from(text);
    this.length = bytes.length;
    this.words = Float64Array.from({ length: Math.max(0, Math.ceil(bytes.length / WORD) - 1) }, (_, index) => bytes.readDoubleLE(index * WORD));
    this.lastWord = bytes.length < WORD ? 0 : bytes.readDoubleLE(bytes.length - WORD);
    this.firstHalf = bytes.readInt32LE(0);
    this.lastHalf = bytes.readInt32LE(bytes.length - HALF);
  }
}

/**
 * A place in the bytes of a line of JSON. Each method takes what it is named for and moves behind it; where something else stands
 * there it says so, and the line is to be read in another way: the place is then of no more use. Numbers are whole and not negative, names
 * plain ASCII, and there are no spaces, as `JSON.stringify` writes a record of counts.
 */
export class LineCursor {
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;
  #end = 0;
  readonly #names = new Map<string, Name>();

  /** Goes to the beginning of a line. */
  begin(bytes: Buffer, start: number, end: number): void {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.#at = start;
    this.#end = end;
  }

  literal({ words, length, lastWord, firstHalf, lastHalf }: Literal): boolean {
    const at = this.#at;
    const view = this.#view;
    if (at + length > this.#end) return false;
    if (length < WORD) {
      if (view.getInt32(at, true) !== firstHalf || view.getInt32(at + length - HALF, true) !== lastHalf) return false;
    } else {
      for (let index = 0; index < words.length; index += 1) {
        if (words[index] !== view.getFloat64(at + index * WORD, true)) return false;
      }
      if (view.getFloat64(at + length - WORD, true) !== lastWord) return false;
    }
    this.#at = at + length;
    return true;
  }

  /** A number below 10^9, or NONE. */
  count(): number {
    const start = this.#at;
    let at = start;
    let count = 0;
    for (let digit = this.#digit(at); digit >= 0 && digit <= 9; digit = this.#digit(at)) {
      count = (count * 10 + digit) | 0;
      at += 1;
    }
    this.#at = at;
    return this.#isNumber(start, COUNT_DIGITS) ? count : NONE;
  }

  /** A number below 10^15, or NONE. */
  instant(): number {
    const start = this.#at;
    let at = start;
    let instant = 0;
    for (let digit = this.#digit(at); digit >= 0 && digit <= 9; digit = this.#digit(at)) {
      instant = instant * 10 + digit;
      at += 1;
    }
    this.#at = at;
    return this.#isNumber(start, INSTANT_DIGITS) ? instant : NONE;
  }

  /** An object of counts, whose names are expected to be those of `names`, which are set to what they are; undefined where there is none. */
  counts(names: Name[]): Record<string, number> | undefined {
    if (this.#next() !== OPEN) return undefined;
    const counts: Record<string, number> = {};
    if (this.#skip(CLOSE)) return counts;
    for (let index = 0; ; index += 1) {
      const expected = names[index];
      const name = expected !== undefined && this.literal(expected.literal) ? expected : this.#name();
      if (name === undefined) return undefined;
      names[index] = name;
      const count = this.count();
      if (count === NONE) return undefined;
      counts[name.text] = count;
      const next = this.#next();
      if (next === CLOSE) return counts;
      if (next !== COMMA) return undefined;
    }
  }

  /** An object of counts whose names are numbers; undefined where there is none. */
  numbered(): Map<number, number> | undefined {
    if (this.#next() !== OPEN) return undefined;
    const counts = new Map<number, number>();
    if (this.#skip(CLOSE)) return counts;
    for (;;) {
      if (this.#next() !== QUOTE) return undefined;
      const name = this.count();
      if (name === NONE || this.#next() !== QUOTE || this.#next() !== COLON) return undefined;
      const count = this.count();
      if (count === NONE) return undefined;
      counts.set(name, count);
      const next = this.#next();
      if (next === CLOSE) return counts;
      if (next !== COMMA) return undefined;
    }
  }

  /** Whether there is an object that `numbered` would take; nothing of it is kept. */
  passNumbered(): boolean {
    const bytes = this.#bytes;
    if (this.#next() !== OPEN) return false;
    if (this.#skip(CLOSE)) return true;
    for (let at = this.#at; ; ) {
      if (bytes[at] !== QUOTE) return false;
      at = behindCount(bytes, at + 1);
      if (at === NONE || bytes[at] !== QUOTE || bytes[at + 1] !== COLON) return false;
      at = behindCount(bytes, at + 2);
      if (at === NONE) return false;
      const next = bytes[at];
      at += 1;
      this.#at = at;
      if (next === CLOSE) return true;
      if (next !== COMMA) return false;
    }
  }

  comma(): boolean {
    return this.#skip(COMMA);
  }

  /** The end of an object that is the end of the line. */
  close(): boolean {
    return this.#skip(CLOSE) && this.#at === this.#end;
  }

  #digit(at: number): number {
    return (this.#bytes[at] as number) - ZERO;
  }

  #isNumber(start: number, most: number): boolean {
    const digits = this.#at - start;
    return digits === 1 || (digits > 1 && digits <= most && this.#bytes[start] !== ZERO);
  }

  #next(): number {
    const byte = this.#bytes[this.#at] as number;
    this.#at += 1;
    return byte;
  }

  #skip(byte: number): boolean {
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at += 1;
    return true;
  }

  /** A name in its quotes and the colon behind it. They are few and come again and again: each is made once. */
  #name(): Name | undefined {
    const bytes = this.#bytes;
    if (this.#next() !== QUOTE) return undefined;
    const start = this.#at;
    let end = start;
    for (let byte = bytes[end] as number; byte !== QUOTE; byte = bytes[end] as number) {
      if (!isPlain(byte)) return undefined;
      end += 1;
    }
    if (end === start || bytes[end + 1] !== COLON) return undefined;
    this.#at = end + 2;
    const text = bytes.toString("latin1", start, end);
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const name = { text, literal: new Literal(`"${text}":`) };
    if (this.#names.size < MOST_NAMES) this.#names.set(text, name);
    return name;
  }
}

/** Where the count ends that begins at `start`; NONE where there is none. */
function behindCount(bytes: Buffer, start: number): number {
  let at = start;
  for (let byte = bytes[at] as number; byte >= ZERO && byte <= ZERO + 9; byte = bytes[at] as number) at += 1;
  const digits = at - start;
  return digits === 1 || (digits > 1 && digits <= COUNT_DIGITS && bytes[start] !== ZERO) ? at : NONE;
}

/** A name of a count, and how it stands in a line. */
export interface Name {
  text: string;
  literal: Literal;
}

/** ASCII that JSON has no other way to write. */
function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
}
