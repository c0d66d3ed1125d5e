const FREE = 0;
const WAITING = 1;
const EXPIRED = 2;
const ANSWERED = 3;

export type Match = "answered" | "late" | "duplicate" | "unasked";

/**
 * The queries of one thread that await an answer: a ring indexed by sequence number, so that opening,
 * matching and expiring a query are each a few array accesses. A query stays known until its place is needed
 * again, so that a late answer and a second one are told from one that nobody asked for. What is
 * not wanted is not kept: each array costs cache lines, and pages that the kernel has to find.
 */
export class Outstanding {
  readonly #mask: number;
  readonly timeoutNs: number;
  readonly #state: Uint8Array;
  readonly #sentNs: Float64Array;
  readonly #intendedNs: Float64Array | null;
  readonly #key: Int32Array | null;
  #oldest = 0;
  #next = 0;
  #waiting = 0;
  /** Those before this one were told as expiring. */
  #told = 0;

  /**
   * `places` is rounded up to a power of two: it bounds how far the newest query can be ahead of the oldest waiting one. `timed`: queries are
   * meant for a time that need not be when they go; otherwise that is not kept. `keyed`: they have keys; otherwise each is 0.
   */
  constructor({ places, timeoutNs, timed = true, keyed = true }: { places: number; timeoutNs: number; timed?: boolean; keyed?: boolean }) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(2, places)));
    this.#mask = size - 1;
    this.timeoutNs = timeoutNs;
    this.#state = new Uint8Array(size);
    this.#sentNs = new Float64Array(size);
    this.#intendedNs = timed ? new Float64Array(size) : null;
    this.#key = keyed ? new Int32Array(size) : null;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** How many more queries can be opened before the ring meets its oldest waiting one. */
  get room(): number {
    return this.#mask + 1 - (this.#next - this.#oldest);
  }

  /** The sequence number the next opened query will have. */
  get nextSequence(): number {
    return this.#next >>> 0;
  }

  /** Enters a query that was sent. `key` is the caller's own (a file descriptor). */
  open({ sentNs, intendedNs, key }: { sentNs: number; intendedNs: number; key: number }): void {
    const place = this.#next & this.#mask;
    this.#state[place] = WAITING;
    this.#sentNs[place] = sentNs;
    if (this.#intendedNs !== null) this.#intendedNs[place] = intendedNs;
    if (this.#key !== null) this.#key[place] = key;
    this.#next++;
    this.#waiting++;
  }

  /** Uses up the next sequence number without a query behind it: its send was refused. */
  skip(): void {
    this.#state[this.#next & this.#mask] = FREE;
    this.#next++;
  }

  /** Takes an opened query back: its send turned out to be refused. */
  withdraw(sequence: number): void {
    const place = sequence & this.#mask;
    if (!this.#has(sequence) || this.#state[place] !== WAITING) return;
    this.#state[place] = FREE;
    this.#waiting--;
  }

  /** What an answer to `sequence` is. After "answered" the query is closed; its times and `key` may still be read. */
  match(sequence: number): Match {
    const place = sequence & this.#mask;
    const state = this.#state[place];
    if (state === FREE || !this.#has(sequence)) return "unasked";
    if (state === ANSWERED) return "duplicate";
    this.#state[place] = ANSWERED;
    if (state === EXPIRED) return "late";
    this.#waiting--;
    return "answered";
  }

  /** Whether this number is the last that its place was used for. */
  #has(sequence: number): boolean {
    return (this.#next - 1 - sequence) >>> 0 <= this.#mask;
  }

  sentNs(sequence: number): number {
    return this.#sentNs[sequence & this.#mask] as number;
  }

  intendedNs(sequence: number): number {
    return (this.#intendedNs ?? this.#sentNs)[sequence & this.#mask] as number;
  }

  key(sequence: number): number {
    return this.#keyAt(sequence & this.#mask);
  }

  #keyAt(place: number): number {
    return this.#key === null ? 0 : (this.#key[place] as number);
  }

  /** Gives up every query sent more than the timeout ago, oldest first. */
  expire(nowNs: number, onExpired: (key: number) => void): void {
    for (; this.#oldest < this.#next; this.#oldest++) {
      const place = this.#oldest & this.#mask;
      if (this.#state[place] !== WAITING) continue;
      if ((this.#sentNs[place] as number) + this.timeoutNs > nowNs) return;
      this.#giveUp(place, onExpired);
    }
  }

  /**
   * Tells the keys of the oldest queries that still wait though they were sent more than the timeout ago, as many as there is room for.
   * Returns how many; `expireTold` then gives up those of them that were not answered since.
   */
  expiring(nowNs: number, keys: Int32Array): number {
    let count = 0;
    for (this.#told = this.#oldest; this.#told < this.#next && count < keys.length; this.#told++) {
      const place = this.#told & this.#mask;
      if (this.#state[place] !== WAITING) continue;
      if ((this.#sentNs[place] as number) + this.timeoutNs > nowNs) break;
      keys[count++] = this.#keyAt(place);
    }
    return count;
  }

  /** Gives up those that `expiring` told and that still wait. */
  expireTold(onExpired: (key: number) => void): void {
    for (; this.#oldest < this.#told; this.#oldest++) {
      const place = this.#oldest & this.#mask;
      if (this.#state[place] === WAITING) this.#giveUp(place, onExpired);
    }
  }

  #giveUp(place: number, onExpired: (key: number) => void): void {
    this.#state[place] = EXPIRED;
    this.#waiting--;
    onExpired(this.#keyAt(place));
  }

  /** Visits every waiting query, oldest first, by its `key`; all go on waiting. */
  eachWaiting(visit: (key: number) => void): void {
    for (let sequence = this.#oldest; sequence < this.#next; sequence++) {
      const place = sequence & this.#mask;
      if (this.#state[place] === WAITING) visit(this.#keyAt(place));
    }
  }

  /** When the oldest waiting query will be given up; null when none waits. */
  nextExpiryNs(): number | null {
    if (this.#waiting === 0) return null;
    while (this.#state[this.#oldest & this.#mask] !== WAITING) this.#oldest++;
    return (this.#sentNs[this.#oldest & this.#mask] as number) + this.timeoutNs;
  }
}
