/** A first-in, first-out queue of any length; an array's own `shift` moves all that follows. */
export class Fifo<T> {
  #items: T[] = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** The oldest item; undefined when there is none. */
  peek(): T | undefined {
    return this.#items[this.#first];
  }

  /** Takes the oldest item out; undefined when there is none. */
  shift(): T | undefined {
    const item = this.#items[this.#first];
    if (this.length > 0) this.#first++;
    // What was taken makes room when it is half of the array: each item is moved once on average.
    if (2 * this.#first > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }
}
