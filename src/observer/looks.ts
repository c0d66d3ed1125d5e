/** Looks that were asked for, and who waits for them. */
export class Looks {
  #asked = 0;
  #waiting: { number: number; tell: () => void }[] = [];

  /** The number of the next look, and a promise for its answer. */
  ask(): { number: number; looked: Promise<void> } {
    const number = ++this.#asked;
    return { number, looked: new Promise((tell) => this.#waiting.push({ number, tell })) };
  }

  /** The look of this number was handed over. Whoever asked later waits for a sample that is newer than their question. */
  answer(number: number): void {
    const answered = this.#waiting.filter((waiting) => waiting.number <= number);
    this.#waiting = this.#waiting.filter((waiting) => waiting.number > number);
    for (const { tell } of answered) tell();
  }
}
