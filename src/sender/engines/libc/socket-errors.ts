import { constants } from "node:os";
import { errnoName } from "../../../libc/library.ts";
import type { LibcContext } from "./context.ts";

/** What the kernel says of the packet at hand: conntrack or a rule, the socket's buffer, the queue of the device. */
const OWN: ReadonlySet<number> = new Set([constants.errno.EPERM, constants.errno.EAGAIN, constants.errno.ENOBUFS]);

/** Calls that may be made again for one packet: an error that arrived in between is never that packet's own. */
export const MOST_CALLS = 8;

/** Books the ICMP errors that wait at a socket. Returns how many. */
export function takeErrors({ account, errors }: LibcContext, fd: number): number {
  return errors.take(fd, (errno) => account.icmpError(errnoName(errno)));
}

/**
 * Whether a call on a UDP socket failed with what ICMP said of an earlier packet: the kernel reports that to the next call, whatever it is
 * (sock_error), and does nothing else then. It is booked, and the call can be made again.
 */
export function isEarlierError(context: LibcContext, fd: number, errno: number): boolean {
  if (OWN.has(errno)) return false;
  if (takeErrors(context, fd) > 0) return true;
  // Nothing else says so; the queue had no room for it.
  if (errno !== constants.errno.ECONNREFUSED) return false;
  context.account.icmpError("ECONNREFUSED");
  return true;
}

/**
 * The same for calls on one socket that were made together: each that failed had met one error, and the first look at the queue takes those of
 * all of them.
 */
export function earlierErrorsOf(context: LibcContext, fd: number): (errno: number) => boolean {
  let taken = false;
  return (errno) => {
    if (OWN.has(errno)) return false;
    if (takeErrors(context, fd) > 0) taken = true;
    return taken || isEarlierError(context, fd, errno);
  };
}
