/** Room for as many numbers as most runs have; a longer one gets this much at a time, 4 MB. */
const SHORT_ROOM = 4096;
const LONG_ROOM = 2 ** 19;

/**
 * Numbers that come by the hundred thousand: 8 bytes each, and none where they are 0. What was never set is 0. Room that is never
 * written to takes no memory, so there is much of it: a copy would take longer than all the numbers of an hour take to be set.
 */
export class NumberList {
  #values: Float64Array = new Float64Array(0);

  set(index: number, value: number): void {
    if (index >= this.#values.length) this.#grow(index + 1);
    this.#values[index] = value;
  }

  first(length: number): Float64Array {
    if (length > this.#values.length) this.#move(length);
    return this.#values.subarray(0, length);
  }

  #grow(least: number): void {
    this.#move(least <= SHORT_ROOM ? SHORT_ROOM : Math.ceil(least / LONG_ROOM) * LONG_ROOM);
  }

  #move(room: number): void {
    const values = new Float64Array(room);
    values.set(this.#values);
    this.#values = values;
  }
}
