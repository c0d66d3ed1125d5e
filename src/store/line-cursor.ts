const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const ZERO = 0x30;
/** Whole numbers of as many digits are exact as integers of 32 bits, and as doubles. */
const COUNT_DIGITS = 9;
const INSTANT_DIGITS = 15;
const WORD = 4;
/** A few times as many as there are names in the records of a file; of two that fall to one slot each is made again when it comes. */
const NAME_SLOTS = 1024;

/** What a cursor returns where the bytes are not what was asked for. */
export const NONE = -1;

/** Bytes that lines have in common, at least four, in words: those are compared four times as fast as bytes. */
export class Literal {
  readonly length: number;
  readonly words: Int32Array;
  /** The last four bytes, which overlap the word before where the length is no multiple of four. */
  readonly last: number;

  constructor(text: string) {
    const bytes = Buffer.from(text);
    this.length = bytes.length;
    this.words = Int32Array.from({ length: Math.floor(bytes.length / WORD) }, (_, index) => bytes.readInt32LE(index * WORD));
    this.last = bytes.readInt32LE(bytes.length - WORD);
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
  readonly #names: (Name | undefined)[] = Array.from({ length: NAME_SLOTS }, () => undefined);

  /** Goes to the beginning of a line. */
  begin(bytes: Buffer, start: number, end: number): void {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.#at = start;
    this.#end = end;
  }

  literal({ words, length, last }: Literal): boolean {
    const at = this.#at;
    if (at + length > this.#end) return false;
    for (let index = 0; index < words.length; index += 1) {
      if (words[index] !== this.#view.getInt32(at + index * WORD, true)) return false;
    }
    if (this.#view.getInt32(at + length - WORD, true) !== last) return false;
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

  /** An object of counts; undefined where there is none. */
  counts(): Record<string, number> | undefined {
    if (this.#next() !== OPEN) return undefined;
    const counts: Record<string, number> = {};
    if (this.#skip(CLOSE)) return counts;
    for (;;) {
      const name = this.#name();
      if (name === undefined || this.#next() !== COLON) return undefined;
      const count = this.count();
      if (count === NONE) return undefined;
      counts[name] = count;
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

  /** A name in its quotes. They are few and come again and again: the string is made once. */
  #name(): string | undefined {
    const bytes = this.#bytes;
    if (this.#next() !== QUOTE) return undefined;
    const start = this.#at;
    let end = start;
    let hash = 0;
    for (let byte = bytes[end] as number; byte !== QUOTE; byte = bytes[end] as number) {
      if (!isPlain(byte)) return undefined;
      hash = (Math.imul(hash, 31) + byte) | 0;
      end += 1;
    }
    this.#at = end + 1;
    const slot = hash & (NAME_SLOTS - 1);
    const known = this.#names[slot];
    if (known !== undefined && isSame(known.bytes, bytes, start, end)) return known.text;
    const name = { bytes: Uint8Array.from(bytes.subarray(start, end)), text: bytes.toString("latin1", start, end) };
    this.#names[slot] = name;
    return name.text;
  }
}

interface Name {
  bytes: Uint8Array;
  text: string;
}

/** ASCII that JSON has no other way to write. */
function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
}

function isSame(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let index = 0; index < name.length; index += 1) {
    if (name[index] !== bytes[start + index]) return false;
  }
  return true;
}
