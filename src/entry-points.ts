/** The program's own folder, whatever this was bundled with (rolldown.config.ts). */
const HERE = /^.*\/(?:dist|src)\//.exec(import.meta.url)?.[0] ?? import.meta.url;

/** Where the other threads and processes of the program begin. */
export const ENTRY_POINTS = {
  labProcess: at("run/lab-process.js"),
  kernelReader: at("run/kernel-reader.js"),
  sender: at("sender/worker.js"),
  observer: at("observer/worker.js"),
  observerElsewhere: at("observer/elsewhere.js"),
  resolver: at("lab/resolvers/embedded/main.js"),
  resolverOverTcp: at("lab/resolvers/embedded/tcp.js"),
  tcpSink: at("lab/resolvers/tcp-sink.js"),
};

/** What the pages of a report run in a browser: a folder of scripts. */
export const BROWSER = at("report/html/browser/");

function at(file: string): URL {
  return new URL(file, HERE);
}
