/** The first room, and by how much it grows: copies are rare, and room that is never written to takes no memory. */
const FIRST_ROOM = 4096;
const GROWTH = 4;

/** Numbers that come by the hundred thousand: 8 bytes each, and none where they are 0. What was never set is 0. */
export class NumberList {
  #values: Float64Array = new Float64Array(0);

  set(index: number, value: number): void {
    if (index >= this.#values.length) this.#grow(index + 1);
    this.#values[index] = value;
  }

  first(length: number): Float64Array {
    if (length > this.#values.length) this.#grow(length);
    return this.#values.subarray(0, length);
  }

  #grow(least: number): void {
    const larger = new Float64Array(Math.max(FIRST_ROOM, GROWTH * this.#values.length, least));
    larger.set(this.#values);
    this.#values = larger;
  }
}
