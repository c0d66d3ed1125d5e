/**
 * Where the other threads and processes of the program begin, as it is built (rolldown.config.ts). This file stands beside them all,
 * whatever is bundled with what.
 */
export const ENTRY_POINTS = {
  labProcess: at("run/lab-process.js"),
  sender: at("sender/worker.js"),
  observer: at("observer/worker.js"),
  observerElsewhere: at("observer/elsewhere.js"),
  resolver: at("lab/resolvers/embedded/main.js"),
  resolverOverTcp: at("lab/resolvers/embedded/tcp.js"),
  tcpSink: at("lab/resolvers/tcp-sink.js"),
};

/** What the pages of a report run in a browser: a folder of scripts and styles. */
export const BROWSER = at("report/html/browser/");

function at(file: string): URL {
  return new URL(file, import.meta.url);
}
