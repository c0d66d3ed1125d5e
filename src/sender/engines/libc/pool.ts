import { MSG_DONTWAIT } from "../../../libc/sockets.ts";
import { patchQuery } from "../../../wire/query.ts";
import { type LibcContext, refuse } from "./context.ts";
import { receiveBatch } from "./receive.ts";
import type { Transport } from "../../load-loop.ts";

/** `count` long-lived connected sockets, used in turn: as many flows as sockets, however many queries. */
export function pool(context: LibcContext, count: number): Transport {
  const { libc, arena, sockets, readiness, outstanding, account, clock, template, target } = context;
  const query = arena.take(template.length);
  arena.bytes.set(template, query.offset);
  const fds = Array.from({ length: count }, (_, i) => {
    const fd = sockets.must("socket", sockets.open());
    sockets.must("connect", sockets.connect(fd, target));
    readiness.add(fd, i);
    return fd;
  });
  let turn = 0;

  return {
    send(queries, intendedNs, onRefused) {
      for (let i = 0; i < queries; i++) {
        const fd = fds[turn] as number;
        turn = (turn + 1) % count;
        patchQuery(arena.bytes, query.offset, outstanding.nextSequence);
        const sentNs = clock.nowNs();
        if (libc.send(fd, query.address, template.length, MSG_DONTWAIT) < 0) {
          const errno = refuse(context, { call: "send", errno: libc.errno(), source: () => sockets.localAddress(fd) });
          outstanding.skip();
          onRefused?.(i, errno);
        } else {
          outstanding.open({ sentNs, intendedNs: intendedNs(i), key: fd });
          account.sent();
        }
      }
    },
    receive() {
      const ready = readiness.ready();
      for (let i = 0; i < ready; i++) receiveBatch(context, fds[readiness.key(i)] as number, { connected: true });
    },
    wait: (timeoutNs) => readiness.wait(timeoutNs),
    expired: () => account.unanswered(),
    close: () => fds.forEach((fd) => sockets.close(fd)),
  };
}
