import { BASE, FakeLibc } from "./fake-libc.ts";

const EAGAIN = 11;
const NLMSG_ERROR = 2;

/** A kernel at the other end of a netlink socket: works each message off at once, and answers those that fail. */
export class FakeNetlink extends FakeLibc {
  /** Copies of all messages, in order. */
  readonly messages: DataView[] = [];
  readonly requests: number[] = [];
  readonly #answers: number[] = [];
  readonly #errnoOf: (message: number) => number;

  /** `errnoOf`: what becomes of message number n; 0 is success. */
  constructor(errnoOf: (message: number) => number = () => 0) {
    super();
    this.#errnoOf = errnoOf;
  }

  override send = (...args: number[]): number => {
    const [, address = 0, length = 0] = args;
    this.requests.push(length);
    for (let at = 0; at < length; ) {
      const bytes = this.at(address + at).getUint32(0, true);
      const copy = new Uint8Array(this.at(BASE).buffer.slice(address - BASE + at, address - BASE + at + bytes));
      const errno = this.#errnoOf(this.messages.push(new DataView(copy.buffer)) - 1);
      if (errno !== 0) this.#answers.push(errno);
      at += (bytes + 3) & ~3;
    }
    return length;
  };

  override recv = (...args: number[]): number => {
    const errno = this.#answers.shift();
    if (errno === undefined) {
      this.lastErrno = EAGAIN;
      return -1;
    }
    // struct nlmsghdr, int error, struct nlmsghdr of the message it is about.
    const answer = this.at(args[1] ?? 0);
    answer.setUint32(0, 36, true);
    answer.setUint16(4, NLMSG_ERROR, true);
    answer.setInt32(16, -errno, true);
    return 36;
  };
}

/** A kernel that hands out the parts of a dump, one a call, once it was asked. */
export class FakeDump extends FakeLibc {
  readonly asked: string[] = [];
  received = 0;
  readonly #parts: readonly Uint8Array[];

  constructor(parts: readonly Uint8Array[]) {
    super();
    this.#parts = parts;
  }

  override send = (...args: number[]): number => {
    const [, address = 0, length = 0] = args;
    this.asked.push(Buffer.from(this.at(address).buffer, address - BASE, length).toString("hex"));
    return length;
  };

  override recv = (...args: number[]): number => {
    const part = this.asked.length === 0 ? undefined : this.#parts[this.received];
    if (part === undefined) {
      this.lastErrno = EAGAIN;
      return -1;
    }
    this.received++;
    new Uint8Array(this.at(BASE).buffer).set(part, (args[1] ?? 0) - BASE);
    return part.length;
  };
}
