import http from "node:http";
import { Counter, Gauge, Registry } from "prom-client";
import { METRICS, type Metric, type ServedTotals } from "../analysis/metrics.ts";
import { errnoOf, UserError } from "../errors.ts";
import { parseTotals } from "../kernel/totals.ts";
import { KeptFile } from "../observer/kept-file.ts";
import { openKernelSources } from "../observer/sampler.ts";
import { inWatched, type WatchedNamespace } from "./watched-namespace.ts";

/** Where to listen. An empty host is every address of this machine. */
export interface ListenAddress {
  host: string;
  port: number;
}

const PATH = "/metrics";
/** One Prometheus, a spare one and a person; nobody else is expected. */
const MOST_CONNECTIONS = 64;

/** A full table lets no new connection in: one that is there must last from scrape to scrape, and longer than Prometheus itself keeps it. */
const KEEP_ALIVE_MS = 10 * 60_000;

/** Serves the metrics of a watched namespace, as it is at each scrape, until `end`. */
export class MetricsEndpoint {
  readonly #server: http.Server;
  readonly #read: () => ServedTotals;
  readonly #registry = new Registry();
  #now: ServedTotals;

  /** Throws UserError where the namespace cannot be read from this thread. */
  constructor({ watched, version, tableFullLines }: { watched: WatchedNamespace; version: string; tableFullLines: () => number | null }) {
    const { pid } = watched;
    // Without the log: that is the observer's.
    const open = (): ReturnType<typeof openKernelSources> => openKernelSources({ kernelLog: false, router: null, pid });
    const sources = pid === undefined ? inWatched(watched, open) : open();
    if (sources === null) throw new UserError("--prometheus: another namespace is read by the C library, which cannot be called here (koffi does not load); run it within that namespace");
    const { count, max, snmp, stat } = sources;
    const buckets = KeptFile.open("/proc/sys/net/netfilter/nf_conntrack_buckets");
    this.#read = () => {
      const texts = { count: count?.read() ?? null, max: max?.read() ?? null, buckets: buckets?.read() ?? null, stat: stat?.read() ?? null, snmp: snmp?.read() ?? null };
      return { ...parseTotals(texts), tableFullLines: tableFullLines() };
    };
    this.#now = this.#read();
    for (const metric of Object.values<Metric>(METRICS)) this.#registry.registerMetric(served(metric, () => metric.of(this.#now)));
    const info = new Gauge({ name: "tablefull_watch_info", help: "Which tablefull watches which namespace.", labelNames: ["version", "namespace"], registers: [this.#registry] });
    info.set({ version, namespace: watched.name }, 1);
    this.#server = http.createServer((request, response) => void this.#answer(request, response));
    this.#server.maxConnections = MOST_CONNECTIONS;
    this.#server.keepAliveTimeout = KEEP_ALIVE_MS;
  }

  /** Begins to serve. Gives the address to scrape. Throws UserError where that address cannot be had. */
  async listen({ host, port }: ListenAddress): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject).listen(port, host === "" ? undefined : host, resolve);
    }).catch((error: unknown) => {
      throw new UserError(`--prometheus: cannot listen on ${host}:${port} (${errnoOf(error) ?? String(error)}); choose another address or port`);
    });
    const address = this.#server.address();
    const bound = address === null || typeof address === "string" ? { address: host, port } : address;
    return `http://${host === "" ? "localhost" : host.includes(":") ? `[${host}]` : host}:${bound.port}${PATH}`;
  }

  async end(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()));
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { Allow: "GET, HEAD" }).end();
      return;
    }
    if (request.url?.split("?")[0] !== PATH) {
      response.writeHead(404, { "Content-Type": "text/plain" }).end(`The metrics are at ${PATH}\n`);
      return;
    }
    this.#now = this.#read();
    const body = await this.#registry.metrics();
    response.writeHead(200, { "Content-Type": this.#registry.contentType }).end(request.method === "HEAD" ? undefined : body);
  }
}

/** A metric whose value is asked for at each scrape; none where it is unknown. */
function served({ help, kind, name }: Metric, current: () => number | null): Gauge | Counter {
  const how = { name, help, registers: [] };
  if (kind === "gauge") {
    return new Gauge({
      ...how,
      collect() {
        const value = current();
        if (value === null) this.remove();
        else this.set(value);
      },
    });
  }
  return new Counter({
    ...how,
    collect() {
      const value = current();
      // The kernel counts: what it said at the scrape before is not added to.
      this.reset();
      if (value === null) this.remove();
      else this.inc(value);
    },
  });
}
