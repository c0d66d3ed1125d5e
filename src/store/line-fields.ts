import { type LineCursor, Literal, type Name, NONE } from "./line-cursor.ts";

/** What stands behind a name: a count; a count or null; a time; counts by name; counts by number. */
type Kind = "count" | "known" | "instant" | "counts" | "numbered";
/** The fields of a record, each at its own place. */
type Table = Readonly<Record<string, Kind>>;

interface Field {
  kind: Kind;
  literal: Literal;
  /** The field that came behind it in the last line. */
  next: number;
  /** The names of its counts, as they came before. */
  names: Name[];
}

const NULL = new Literal("null");

/**
 * The fields of records of one kind, as they stand in the line that was read last. They may come in any order: each line is
 * expected to have that of the line before.
 */
export class LineFields {
  readonly #begin: Literal;
  readonly #fields: readonly Field[];
  readonly #required: number;
  readonly #numbers: Int32Array;
  readonly #counts: (Record<string, number> | undefined)[];
  readonly #keepsNumbered: boolean;
  #instant = 0;
  #numbered: Map<number, number> | undefined;
  /** A bit for each field that was there. */
  #found = 0;
  #first = 0;

  /** `numbered`: whether counts by number are kept, or only looked through. */
  constructor(type: string, { required, optional }: { required: Table; optional: Table }, { numbered = true }: { numbered?: boolean } = {}) {
    this.#keepsNumbered = numbered;
    this.#begin = new Literal(`{"type":"${type}",`);
    const table = Object.entries({ ...required, ...optional });
    this.#fields = table.map(([name, kind], index) => ({ kind, literal: new Literal(`"${name}":`), next: (index + 1) % table.length, names: [] }));
    this.#required = 2 ** Object.keys(required).length - 1;
    this.#numbers = new Int32Array(table.length);
    this.#counts = table.map(() => undefined);
  }

  /** Reads a line. False: it holds something else, or what is required is missing. */
  read(cursor: LineCursor): boolean {
    if (!cursor.literal(this.#begin)) return false;
    this.#found = 0;
    let before: Field | null = null;
    do {
      const index = this.#nameAt(cursor, before?.next ?? this.#first);
      const field = this.#fields[index];
      if (field === undefined || !this.#value(cursor, field, index)) return false;
      if (before === null) this.#first = index;
      else before.next = index;
      before = field;
      this.#found |= 1 << index;
    } while (cursor.comma());
    return cursor.close() && (this.#found & this.#required) === this.#required;
  }

  count(index: number): number {
    return this.#numbers[index] as number;
  }

  countIfGiven(index: number): number | undefined {
    return this.#has(index) ? this.#numbers[index] : undefined;
  }

  known(index: number): number | null {
    const count = this.#numbers[index] as number;
    return count === NONE ? null : count;
  }

  get instant(): number {
    return this.#instant;
  }

  counts(index: number): Record<string, number> {
    return this.#counts[index] as Record<string, number>;
  }

  countsIfGiven(index: number): Record<string, number> | undefined {
    return this.#has(index) ? this.#counts[index] : undefined;
  }

  numberedIfGiven(index: number): Map<number, number> | undefined {
    return this.#has(index) ? this.#numbered : undefined;
  }

  #has(index: number): boolean {
    return (this.#found & (1 << index)) !== 0;
  }

  #nameAt(cursor: LineCursor, expected: number): number {
    if (cursor.literal((this.#fields[expected] as Field).literal)) return expected;
    return this.#fields.findIndex(({ literal }) => cursor.literal(literal));
  }

  #value(cursor: LineCursor, { kind, names }: Field, index: number): boolean {
    switch (kind) {
      case "known":
        if (cursor.literal(NULL)) {
          this.#numbers[index] = NONE;
          return true;
        }
        return (this.#numbers[index] = cursor.count()) !== NONE;
      case "count":
        return (this.#numbers[index] = cursor.count()) !== NONE;
      case "instant":
        return (this.#instant = cursor.instant()) !== NONE;
      case "counts":
        return (this.#counts[index] = cursor.counts(names)) !== undefined;
      case "numbered":
        if (!this.#keepsNumbered) return cursor.passNumbered();
        return (this.#numbered = cursor.numbered()) !== undefined;
    }
  }
}
