import { type ExitOn, parseExitOn } from "../analysis/exit-on.ts";
import { EXIT, UserError } from "../errors.ts";
import { grafanaDashboard } from "../report/grafana-dashboard.ts";
import { painter } from "../report/style.ts";
import { clockTime, compositionLines, kernelLogLines, unreadable, watchHeader, watchLine, watchTotal } from "../report/watch-lines.ts";
import { type ListenAddress, MetricsEndpoint } from "../run/metrics-endpoint.ts";
import { openWatched } from "../run/watched-namespace.ts";
import { type WatchEvents, WatchSession } from "../run/watch-session.ts";
import { parseDuration, quote } from "../scenario/units.ts";
import { defineCommand } from "./command.ts";
import { RESULTS } from "./flags.ts";
import { count, read, withUnit } from "./load-flags.ts";
import { isUnread, type LeftBehind, stopOnSignals } from "./stop-signals.ts";
import { onKey } from "./keys.ts";
import { reportStyle } from "./terminal.ts";

export const WATCH_COMMAND = defineCommand<WatchArguments>({
  options: {
    "Whose table": {
      netns: { type: "string", describe: "network namespace, by its name or a path (root)" },
      pid: { type: "string", describe: "a process, whose network namespace it is" },
    },
    Options: {
      every: { type: "string", default: "1s", describe: "time between two lines: 1s, 500ms, 1m" },
      duration: { alias: "l", type: "string", describe: "end after this long: 10m, 1h (default: at Ctrl-C)" },
      "exit-on": { type: "string", describe: "end when it comes true: full, eperm (a drop is counted), 90%; several separated by commas" },
      prometheus: { type: "string", describe: "[HOST]:PORT to serve metrics at: :9100 for everybody, 127.0.0.1:9100 for this machine" },
      "grafana-dashboard": { type: "boolean", default: false, describe: "print a Grafana dashboard for those metrics, and nothing else" },
      quiet: { type: "boolean", default: false, describe: "no lines but alarms and the total" },
      record: { type: "boolean", default: false, describe: "store it as a run, for tablefull report" },
      json: { type: "boolean", default: false, describe: "one JSON object a line on standard output" },
      results: RESULTS,
    },
  },
  examples: [
    { words: "watch", about: "this machine, a line a second; SIGUSR1 or the key c counts who fills the table" },
    { words: "watch --exit-on 90% --duration 1h", about: "wait until it is nearly full" },
    { words: "watch --prometheus :9100 --quiet", about: "an exporter" },
    { words: "watch --pid 4711 --record", about: "a container's table, kept for tablefull report" },
  ],
  exitCodes: { [EXIT.ok]: "ended by its duration or Ctrl-C", [EXIT.userMistake]: "your input or this machine", [EXIT.expectationFailed]: "--exit-on came true" },
  carryOut: (flags, { version }) => watchCommand(flags, version),
});

export interface WatchArguments {
  every: string;
  duration?: string | undefined;
  netns?: string | undefined;
  pid?: string | undefined;
  record: boolean;
  results: string;
  "exit-on"?: string | undefined;
  json: boolean;
  prometheus?: string | undefined;
  "grafana-dashboard"?: boolean | undefined;
  quiet?: boolean | undefined;
}

const LEAST_EVERY_MS = 100;
/** A timer holds 24.8 days. */
const MOST_MS = 500 * 3_600_000;
/** Of a screen whose height is not known. */
const ROWS = 24;
const A_LOG = 100;

/** `tablefull watch`: the observer alone. Gives the exit code: 0 when it was ended, 99 when --exit-on came true. */
export async function watchCommand(flags: WatchArguments, version: string): Promise<number> {
  if (flags["grafana-dashboard"] === true) {
    process.stdout.write(`${JSON.stringify(grafanaDashboard(), null, 2)}\n`);
    return EXIT.ok;
  }
  const { quiet = false } = flags;
  let compose = (): void => {};
  // As soon as can be: without a listener Node takes it for a wish to be debugged.
  process.on("SIGUSR1", () => compose());
  const exitOn = exitOnOf(flags["exit-on"]);
  const everyMs = atMost("--every", read("--every", flags.every, (text) => parseDuration(withUnit(text, "s"))) ?? 1000);
  if (everyMs < LEAST_EVERY_MS) throw new UserError(`--every: a line more often than every ${LEAST_EVERY_MS}ms is no use; write for example 1s`);
  const durationMs = atMost("--duration", read("--duration", flags.duration, (text) => parseDuration(withUnit(text, "s"))));
  if (durationMs === 0) throw new UserError("--duration: 0 shows nothing; write for example 10m");
  const listen = flags.prometheus === undefined ? null : listenAddress(flags.prometheus);
  const watched = openWatched({ netns: flags.netns, pid: count("--pid", flags.pid) });
  const left: LeftBehind = { directory: null, hostValues: false };
  const signal = stopWhenUnread(stopOnSignals(left));

  const print = flags.json ? jsonPrinter({ namespace: watched.name, everyMs, quiet }) : linePrinter({ quiet, own: watched.file === null && watched.pid === undefined });
  let session: WatchSession | null = null;
  const endpoint = listen === null ? null : new MetricsEndpoint({ watched, version, tableFullLines: () => session?.tableFullLines ?? null });
  let keys: ReturnType<typeof onKey> | null = null;
  try {
    const served = listen === null || endpoint === null ? null : await endpoint.listen(listen);
    session = new WatchSession(
      { watched, everyMs, durationMs: durationMs ?? null, exitOn, record: flags.record ? { root: flags.results, version } : null },
      print.events((atNs) => new Date(startedAt.getTime() + atNs / 1e6)),
    );
    const { directory, startedAt } = session;
    left.directory = directory;
    process.stderr.write(`watching ${watched.name}${directory === null ? "" : `, storing it in ${directory}`}${served === null ? "" : `, metrics at ${served}`}\n`);
    compose = () => void session?.compose();
    keys = onKey("c", compose);
    const end = await session.watch(signal);
    print.end(end);
    if (directory !== null) process.stderr.write(`stored in ${directory}; tablefull report ${directory}\n`);
    return end.alarm === null ? EXIT.ok : EXIT.expectationFailed;
  } finally {
    keys?.end();
    await endpoint?.end();
  }
}

type End = Parameters<typeof watchTotal>[0] & { alarm: string | null };

interface Printer {
  /** `at`: nanoseconds since the watch began, as wall clock. */
  events(at: (atNs: number) => Date): WatchEvents;
  end(end: End): void;
}

function linePrinter({ own, quiet }: { own: boolean; quiet: boolean }): Printer {
  const { color, width } = reportStyle();
  const style = { paint: painter(color), width: process.stdout.isTTY ? width : Math.max(width, A_LOG) };
  const say = (...lines: string[]): void => void process.stdout.write(`${lines.join("\n")}\n`);
  let printed = 0;
  return {
    events: (at) => ({
      onBegin(columns) {
        const missing = unreadable(columns);
        if (missing.length > 0) process.stderr.write(`unknown here: ${missing.join("; ")}\n`);
      },
      onReading(reading) {
        if (quiet) return;
        if (printed % Math.max(2, (process.stdout.rows ?? ROWS) - 1) === 0) {
          say(watchHeader(style));
          printed += 1;
        }
        printed += 1;
        say(watchLine(reading, { ...style, at: at(reading.atNs) }));
      },
      onKernelLog(records) {
        if (!quiet) say(...kernelLogLines(records, { at, own }));
      },
      onComposition(composition) {
        if (composition.type === "composition") say(...compositionLines(composition, at(composition.atNs)));
        else say(`${clockTime(at(composition.atNs))} who fills the table is unknown: ${composition.why}`);
      },
    }),
    end(end) {
      say(watchTotal(end));
      if (end.alarm !== null) say(`--exit-on: ${end.alarm}`);
    },
  };
}

/** One object a line; `time` is the wall clock, and what is not known is null. */
function jsonPrinter({ everyMs, namespace, quiet }: { everyMs: number; namespace: string; quiet: boolean }): Printer {
  const say = (type: string, object: object): void => void process.stdout.write(`${JSON.stringify({ type, ...object })}\n`);
  return {
    events: (at) => ({
      onBegin: (columns) => say("begin", { time: at(columns.atNs), namespace, everyMs, unreadable: unreadable(columns) }),
      onReading({ atNs, ...reading }) {
        if (!quiet) say("reading", { time: at(atNs), ...reading });
      },
      onKernelLog(records) {
        if (quiet) return;
        for (const { atNs, kind, line, suppressed } of records) say("kernel-log", { time: at(atNs), kind, line, suppressed });
      },
      onComposition: ({ atNs, ...composition }) => say(composition.type, { time: at(atNs), ...composition }),
    }),
    end: ({ alarm, logLines, totals: { atNs, ...totals } }) => say("end", { watchedS: atNs / 1e9, ...totals, logLines, alarm }),
  };
}

function exitOnOf(text: string | undefined): ExitOn[] {
  if (text === undefined) return [];
  return text.split(",").map((word) => {
    const parsed = parseExitOn(word.trim());
    if (!parsed.ok) throw new UserError(`--exit-on: ${parsed.error}`);
    return parsed.value;
  });
}

function atMost<T extends number | undefined>(flag: string, ms: T): T {
  if (ms !== undefined && ms > MOST_MS) throw new UserError(`${flag}: at most 500h; leave --duration out to watch until Ctrl-C`);
  return ms;
}

/** `:9100`, `127.0.0.1:9100`, `[::1]:9100`. */
function listenAddress(text: string): ListenAddress {
  const [, host = "", digits] = /^(\[[\da-f:.]+\]|[\w.-]*):(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) throw new UserError(`--prometheus: ${quote(text)} is not [HOST]:PORT; write :9100 for everybody, or 127.0.0.1:9100 for this machine alone`);
  return { host: host.replaceAll(/[[\]]/g, ""), port };
}

/** Aborts with `signal`, and when whoever reads our output is gone: `tablefull watch | head`. */
function stopWhenUnread(signal: AbortSignal): AbortSignal {
  const stop = new AbortController();
  signal.addEventListener("abort", () => stop.abort(signal.reason));
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (!isUnread(error)) throw error;
    stop.abort(error.code);
  });
  return stop.signal;
}
