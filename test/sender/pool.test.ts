import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { MonotonicClock } from "../../src/clock.ts";
import { loadLibc } from "../../src/libc/library.ts";
import { Account } from "../../src/sender/account.ts";
import { createContext } from "../../src/sender/engines/libc/context.ts";
import { pool } from "../../src/sender/engines/libc/pool.ts";
import { Outstanding } from "../../src/sender/outstanding.ts";
import { queryTemplate } from "../../src/wire/query-template.ts";

// Only loopback is used. Where koffi has no binary the program falls back to Node's sockets; CI must have one.
const libc = loadLibc();
const skipped = libc === null && process.env["CI"] === undefined;

const TIMEOUT_NS = 1e9;

/** A pool of two sockets towards a resolver that answers when told to. */
async function poolOfTwo() {
  if (libc === null) throw new Error("koffi does not load, and in CI it must");
  const resolver = createSocket("udp4");
  resolver.bind(0, "127.0.0.1");
  await once(resolver, "listening");
  const asked: { query: Buffer; from: RemoteInfo }[] = [];
  resolver.on("message", (query, from) => asked.push({ query, from }));

  const account = new Account({ paced: false });
  const outstanding = new Outstanding({ places: 64, timeoutNs: TIMEOUT_NS });
  const clock = new MonotonicClock(process.hrtime.bigint());
  const { address, port } = resolver.address();
  const context = createContext({ libc, clock, account, outstanding, template: queryTemplate({ name: "load.test", type: "A" }), target: { address, port } });
  const transport = pool(context, 2);

  return {
    account,
    clock,
    outstanding,
    transport,
    /** Sends so many, and waits until they have arrived. */
    send: async (count: number): Promise<void> => {
      const expected = asked.length + count;
      transport.send(count, () => 0);
      while (asked.length < expected) await once(resolver, "message");
    },
    /** Answers query `i` to the port that query `to` came from. */
    answer: async (i: number, to: number): Promise<void> => {
      const { query } = asked[i] as (typeof asked)[number];
      const answered = Buffer.from(query);
      answered[2] = (answered[2] ?? 0) | 0x80;
      await new Promise((sent) => resolver.send(answered, (asked[to] as (typeof asked)[number]).from.port, "127.0.0.1", sent));
      transport.receive();
    },
    close: (): void => {
      transport.close();
      context.readiness.close();
      resolver.close();
    },
  };
}

describe.skipIf(skipped)(`pool${skipped ? " (skipped: koffi does not load on this machine)" : ""}`, () => {
  it("still listens where an answer is awaited, though another query's came there first", async () => {
    const { account, outstanding, send, answer, close } = await poolOfTwo();
    await send(2);
    await answer(0, 1);
    expect(outstanding.waiting).toBe(1);
    await answer(1, 1);
    expect(account.takeTick()).toMatchObject({ sent: 2, answered: { NOERROR: 2 }, stray: 0 });
    close();
  });

  it("still listens for an answer that is late, though nothing else is awaited there any more", async () => {
    const { account, clock, outstanding, transport, send, answer, close } = await poolOfTwo();
    await send(2);
    const betweenNs = clock.nowNs();
    await send(2);
    outstanding.expire(betweenNs + TIMEOUT_NS, (socket) => transport.expired(socket));
    await answer(2, 2);
    expect(account.takeTick()).toMatchObject({ unanswered: 2, answered: { NOERROR: 1 }, late: 0 });
    await answer(0, 0);
    expect(account.takeTick()).toMatchObject({ unanswered: -1, late: 1 });
    close();
  });
});
