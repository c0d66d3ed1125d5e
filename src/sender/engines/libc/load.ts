import { NS_PER_MS } from "../../../clock.ts";
import type { Libc } from "../../../libc/library.ts";
import { Account } from "../../account.ts";
import { Backlog } from "../../backlog.ts";
import { LoadLoop, type Transport } from "../../load-loop.ts";
import { Outstanding } from "../../outstanding.ts";
import type { LoadJob } from "../../protocol.ts";
import type { Runner, SenderContext } from "../../runner.ts";
import { scheduleOf } from "../../schedule.ts";
import { Ticks } from "../../ticks.ts";
import { createContext, type LibcContext } from "./context.ts";
import { perQuery } from "./per-query.ts";
import { pool } from "./pool.ts";
import { Sweep } from "./sweep.ts";
import { tcpPerQuery } from "./tcp-per-query.ts";
import { tcpPersistent } from "./tcp-persistent.ts";

/** Sends per second and thread that no machine known reaches: sizes the ring of outstanding queries. */
const FASTEST_PPS = 1_000_000;
const MAX_PLACES = 1 << 20;
/** Expired queries are remembered this long, so that a late answer is told from a stray one. */
const REMEMBERED_MS = 5000;

/** Opens what a load needs on this thread. Throws a CallError when the kernel refuses a socket. */
export function prepareLibcLoad(job: LoadJob, libc: Libc, { thread, clock, stopped, emit }: SenderContext): Runner {
  const account = new Account({ paced: job.ratePps !== null });
  const ratePps = job.ratePps === null ? FASTEST_PPS : job.ratePps / job.threads;
  const places = Math.min(MAX_PLACES, Math.max(4096, (2 * ratePps * Math.max(job.timeoutMs, REMEMBERED_MS)) / 1000));
  const timed = job.ratePps !== null || job.retry !== null;
  const outstanding = new Outstanding({ places, timeoutNs: job.timeoutMs * NS_PER_MS, timed, keyed: job.strategy !== "sweep" });
  const { target, template } = job;
  const context = createContext({ libc, clock, account, outstanding, template, target });
  const transport = transportFor(job, context);
  return async (startNs) => {
    const ticks = new Ticks({ account, phase: job.phase, thread, startNs, emit });
    const backlog = new Backlog(scheduleOf(job));
    new LoadLoop({ backlog, retry: job.retry, outstandingLimit: job.outstanding, startNs, clock, account, outstanding, ticks, transport, stopped }).run();
    context.readiness.close();
    return account.histograms();
  };
}

function transportFor(job: LoadJob, context: LibcContext): Transport {
  switch (job.strategy) {
    case "per-query":
      return perQuery(context, job.sources);
    case "pool":
      return pool(context, job.sockets);
    case "tcp-per-query":
      return tcpPerQuery(context, job.sources);
    case "tcp-persistent":
      return tcpPersistent(context, { count: job.sockets, timeoutNs: job.timeoutMs * NS_PER_MS });
    case "sweep":
      if (job.sources === null) throw new Error("a sweep is planned with its sources");
      return new Sweep(context, { sources: job.sources, ports: job.ports, most: job.sockets });
  }
}
