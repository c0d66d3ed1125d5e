import { createRequire } from "node:module";
import { constants } from "node:os";

/**
 * The C library's socket calls and a few more, as koffi binds them. Every pointer is a Number (an address inside an
 * `Arena`): half the cost of passing a Buffer. Each call returns -1 on error; `errno()` then tells why.
 */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: number, length: number): number;
  connect(fd: number, address: number, length: number): number;
  getsockname(fd: number, address: number, length: number): number;
  setsockopt(fd: number, level: number, option: number, value: number, length: number): number;
  send(fd: number, bytes: number, length: number, flags: number): number;
  recv(fd: number, bytes: number, length: number, flags: number): number;
  sendmmsg(fd: number, messages: number, count: number, flags: number): number;
  recvmmsg(fd: number, messages: number, count: number, flags: number, timeout: number): number;
  listen(fd: number, backlog: number): number;
  accept4(fd: number, address: number, length: number, flags: number): number;
  close(fd: number): number;
  closeRange(first: number, last: number): number;
  read(fd: number, bytes: number, length: number): number;
  pread(fd: number, bytes: number, length: number, position: number): number;
  /** Moves the calling thread alone into the namespace behind `fd`. */
  setns(fd: number, kind: number): number;
  epoll_create1(flags: number): number;
  epoll_ctl(epoll: number, operation: number, fd: number, event: number): number;
  epoll_wait(epoll: number, events: number, count: number, timeoutMs: number): number;
  ppoll(fds: number, count: number, timeout: number, mask: number): number;
  getrusage(who: number, usage: number): number;
  clock_gettime(clock: number, time: number): number;
  clock_getres(clock: number, resolution: number): number;
  io_uring_setup(entries: number, params: number): number;
  io_uring_enter(ring: number, submit: number, complete: number, flags: number): number;
  io_uring_register(ring: number, what: number, address: number, count: number): number;
  errno(): number;
  /** Memory outside the JavaScript heap, zeroed; it stays where it is and is never freed. */
  allocate(bytes: number): { address: number; view: ArrayBuffer };
  /** Memory that is shared with what is behind `fd`, from `offset` on, or null; it is never unmapped. */
  mapShared(fd: number, bytes: number, offset: number): ArrayBuffer | null;
}

const SIGNATURES = {
  socket: "int socket(int, int, int)",
  bind: "int bind(int, int64_t, uint)",
  connect: "int connect(int, int64_t, uint)",
  getsockname: "int getsockname(int, int64_t, int64_t)",
  setsockopt: "int setsockopt(int, int, int, int64_t, uint)",
  // A size_t as uint, and a result as int: koffi is faster with 32 bits, and widens what it passes with zeros.
  send: "int send(int, int64_t, uint, int)",
  recv: "int recv(int, int64_t, uint, int)",
  sendmmsg: "int sendmmsg(int, int64_t, uint, int)",
  recvmmsg: "int recvmmsg(int, int64_t, uint, int, int64_t)",
  listen: "int listen(int, int)",
  accept4: "int accept4(int, int64_t, int64_t, int)",
  close: "int close(int)",
  read: "int read(int, int64_t, uint)",
  pread: "int pread(int, int64_t, uint, int64_t)",
  setns: "int setns(int, int)",
  epoll_create1: "int epoll_create1(int)",
  epoll_ctl: "int epoll_ctl(int, int, int, int64_t)",
  epoll_wait: "int epoll_wait(int, int64_t, int, int)",
  ppoll: "int ppoll(int64_t, uint64_t, int64_t, int64_t)",
  getrusage: "int getrusage(int, int64_t)",
  clock_gettime: "int clock_gettime(int, int64_t)",
  clock_getres: "int clock_getres(int, int64_t)",
} satisfies Record<keyof Omit<Libc, "errno" | "allocate" | "closeRange" | "io_uring_setup" | "io_uring_enter" | "io_uring_register" | "mapShared">, string>;

/** The same on every architecture. */
const SYS_IO_URING_SETUP = 425;
const SYS_IO_URING_ENTER = 426;
const SYS_IO_URING_REGISTER = 427;
const SYS_CLOSE_RANGE = 436;
const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;

/** Layouts in this folder are those of 64-bit little-endian Linux. */
const SUPPORTED_ARCHITECTURES = new Set(["x64", "arm64", "riscv64", "loong64"]);

type Koffi = typeof import("koffi");
let loaded: Libc | null | undefined;

/** Set to act as on a machine where the C library cannot be called: for tests of what then stands in. */
const SWITCH = "TABLEFULL_NO_LIBC";

/** The C library, or null where it cannot be called: no koffi binary for this CPU or libc, or an unknown layout. */
export function loadLibc(): Libc | null {
  if (loaded === undefined) loaded = bind();
  return loaded;
}

function bind(): Libc | null {
  if (process.env[SWITCH] || !SUPPORTED_ARCHITECTURES.has(process.arch)) return null;
  let koffi: Koffi;
  try {
    koffi = createRequire(import.meta.url)("koffi") as Koffi;
    const library = koffi.load(null);
    const functions = Object.fromEntries(
      Object.entries(SIGNATURES).map(([name, signature]) => [name, library.func(signature)]),
    );
    // glibc has no functions for these, or not before 2.34.
    const syscall = library.func("int syscall(int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t)") as (...words: number[]) => number;
    const mmap = library.func("int64_t mmap(int64_t, uint64_t, int, int, int, int64_t)") as (...words: number[]) => number;
    return {
      ...(functions as unknown as Pick<Libc, keyof typeof SIGNATURES>),
      closeRange: (first, last) => syscall(SYS_CLOSE_RANGE, first, last, 0, 0, 0, 0),
      io_uring_setup: (entries, params) => syscall(SYS_IO_URING_SETUP, entries, params, 0, 0, 0, 0),
      io_uring_enter: (ring, submit, complete, flags) => syscall(SYS_IO_URING_ENTER, ring, submit, complete, flags, 0, 0),
      io_uring_register: (ring, what, address, count) => syscall(SYS_IO_URING_REGISTER, ring, what, address, count, 0, 0),
      mapShared(fd, bytes, offset) {
        const address = mmap(0, bytes, PROT_READ + PROT_WRITE, MAP_SHARED, fd, offset);
        return address < 0 ? null : koffi.view(address, bytes);
      },
      errno: () => koffi.errno(),
      allocate(bytes) {
        const pointer: unknown = koffi.alloc("uint8_t", bytes);
        const view = koffi.view(pointer, bytes);
        new Uint8Array(view).fill(0);
        return { address: Number(koffi.address(pointer)), view };
      },
    };
  } catch {
    return null;
  }
}

/** Of names for one number the first in the alphabet: EAGAIN, not EWOULDBLOCK. The last entry of a Map counts. */
const ERRNO_NAMES = new Map(Object.entries(constants.errno).sort().toReversed().map(([name, number]) => [number, name]));

/** `EPERM` for 1, `unknown` for 0; the number itself for one without a name. */
export function errnoName(number: number): string {
  return number === 0 ? "unknown" : (ERRNO_NAMES.get(number) ?? `errno ${number}`);
}
