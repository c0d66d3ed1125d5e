import type { Clock } from "../../../clock.ts";
import { entryTemplate, patchEntry, TCP_STATES } from "../../../kernel/new-entry.ts";
import { Arena } from "../../../libc/arena.ts";
import { errnoName, type Libc } from "../../../libc/library.ts";
import { withinNamespace } from "../../../libc/namespace.ts";
import { Netlink, NETLINK_NETFILTER, netlinkBytes } from "../../../libc/netlink.ts";
import { CallError } from "../../../libc/sockets.ts";
import { cidr } from "../../../plan/addresses.ts";
import { flowAt } from "../../../plan/flows.ts";
import type { FilledEvent, InsertionJob } from "../../protocol.ts";

type Group = InsertionJob["groups"][number];

/** Messages a request: more gain nothing (measured), and what fits into the processor's cache is faster. */
const BATCH = 64;
/** Room for one message: 172 bytes for TCP, 140 for UDP. */
const MESSAGE_BYTES = 192;
/** The tuple is there already; the table is full; the chain is too long. Any other errno says that ctnetlink does not work for us. */
const REFUSALS: ReadonlySet<string> = new Set(["EEXIST", "ENOMEM", "ENOSPC"]);

/**
 * Writes entries into the table through ctnetlink, without a packet: any mix of protocol, state, ASSURED and timeout, each
 * from a tuple of its own. The kernel takes them in order and one at a time, so one thread is all that helps.
 */
export class Insertion {
  readonly #clock: Clock;
  readonly #job: InsertionJob;
  readonly #stopped: () => boolean;
  readonly #arena: Arena;
  readonly #netlink: Netlink;
  readonly #failed: Record<string, number> = {};
  /** Entries tried so far, of all groups: the number of the next flow. */
  #tried = 0;

  constructor({ libc, clock, job, stopped }: { libc: Libc; clock: Clock; job: InsertionJob; stopped: () => boolean }) {
    this.#clock = clock;
    this.#job = job;
    this.#stopped = stopped;
    const requestBytes = BATCH * MESSAGE_BYTES;
    this.#arena = new Arena(libc, netlinkBytes(requestBytes));
    const open = (): Netlink => new Netlink(libc, this.#arena, { protocol: NETLINK_NETFILTER, requestBytes });
    this.#netlink = job.namespace === null ? open() : withinNamespace(libc, job.namespace, open);
  }

  /** Throws a CallError where ctnetlink does not work for us. */
  run(): FilledEvent {
    const inserted = this.#job.groups.map((group) => {
      const { protocol, state, assured, timeoutS } = group;
      return { protocol, state, assured, timeoutS, entries: this.#insert(group) };
    });
    this.#netlink.close();
    const { phase } = this.#job;
    const flows = inserted.reduce((sum, { entries }) => sum + entries, 0);
    return { type: "filled", atNs: this.#clock.nowNs(), phase, flows, replied: 0, confirmed: 0, repaired: 0, failed: this.#failed, inserted };
  }

  /** Inserts a group and gives how many of its entries went in. */
  #insert(group: Group): number {
    const template = templateOf(group);
    const { bytes, view } = this.#arena;
    const { offset } = this.#netlink.request;
    const size = template.bytes.length;
    for (let i = 0; i < BATCH; i++) bytes.set(template.bytes, offset + i * size);
    let failed = 0;
    const onError = (errno: number): void => {
      failed++;
      this.#fail(errnoName(errno));
    };
    let tried = 0;
    while (tried < group.entries && !this.#stopped()) {
      const count = Math.min(BATCH, group.entries - tried);
      for (let i = 0; i < count; i++) patchEntry(view, offset + i * size, template, flowAt(this.#job, this.#tried + i));
      this.#netlink.send(count * size, onError);
      tried += count;
      this.#tried += count;
    }
    return tried - failed;
  }

  #fail(errno: string): void {
    // Told once for a whole request, none of which was looked at.
    if (errno === "EPERM") throw new CallError("insertion needs CAP_NET_ADMIN in the table's network namespace", errno);
    if (!REFUSALS.has(errno)) throw new CallError("insertion through ctnetlink (nf_conntrack_netlink)", errno);
    this.#failed[errno] = (this.#failed[errno] ?? 0) + 1;
  }
}

function templateOf({ protocol, state, assured, timeoutS, destination: { address, port } }: Group): ReturnType<typeof entryTemplate> {
  return entryTemplate({
    protocol,
    tcpState: state in TCP_STATES ? TCP_STATES[state as keyof typeof TCP_STATES] : null,
    replied: state !== "unreplied" && state !== "syn-sent",
    assured,
    timeoutS,
    destination: { address: cidr(address).base, port },
  });
}
