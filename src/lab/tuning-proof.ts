import dgram from "node:dgram";
import { setTimeout as sleep } from "node:timers/promises";
import { type ConntrackEntry, parseEntry } from "../kernel/entry.ts";
import type { Endpoint } from "../plan/plan.ts";
import { CATALOGUE } from "../tuning/catalogue.ts";
import type { Effect } from "../tuning/tuning.ts";
import { patchQuery } from "../wire/query.ts";
import { queryTemplate } from "../wire/query-template.ts";
import { run } from "./commands.ts";
import type { Lab } from "./topology.ts";
import { type AppliedTuning, noEffect } from "./tunings.ts";

/** More than one, as rules of the scenario's own may drop some. */
const QUERIES = 4;
/** Waited in full only where an answer does not come. */
const PATIENCE_MS = 1000;

/** What the kernel did with a few queries, in words; null for a tuning that was proved by reading it back. */
export interface ProvedTuning extends AppliedTuning {
  effect: string | null;
}

/** Entries that queries to a resolver's port and answers from it have opened. */
interface Seen {
  answers: number;
  ofQueries: ConntrackEntry[];
  ofAnswers: ConntrackEntry[];
}

/**
 * Sends a few queries through a lab whose resolver serves, and looks at what entries they leave. Throws UserError where that is
 * not what a tuning is for. The table is empty again afterwards.
 */
export async function proveTunings(applied: readonly AppliedTuning[], { target, lab }: { target: Endpoint; lab: Pick<Lab, "tablePrefix"> }): Promise<ProvedTuning[]> {
  const proved: ProvedTuning[] = [];
  for (const tuning of applied) {
    const { effect } = CATALOGUE[tuning.name];
    if (effect === undefined) {
      proved.push({ ...tuning, effect: null });
      continue;
    }
    const seen = await probe(target, lab);
    const { holds, words } = judge(effect, seen);
    if (!holds) throw noEffect(tuning.name, `${QUERIES} queries to ${target.address}:${target.port} and ${seen.answers} answers ${words}`);
    proved.push({ ...tuning, effect: `${QUERIES} queries and ${seen.answers} answers ${words}` });
  }
  return proved;
}

async function probe(target: Endpoint, { tablePrefix }: Pick<Lab, "tablePrefix">): Promise<Seen> {
  const conntrack = (...args: string[]): string => {
    const [command = "", ...rest] = [...tablePrefix, "conntrack", ...args];
    return run(command, rest);
  };
  const answers = await ask(target);
  const entries = conntrack("-L", "-p", "udp").split("\n").map(parseEntry).filter((entry) => entry !== null);
  conntrack("-F");
  return {
    answers,
    ofQueries: entries.filter((entry) => entry.destinationPort === target.port),
    ofAnswers: entries.filter((entry) => entry.sourcePort === target.port),
  };
}

/** Each query from a socket of its own, so that each is a flow; gives how many were answered. */
async function ask({ address, port }: Endpoint): Promise<number> {
  const query = queryTemplate({ name: "tuning.test", type: "A" });
  const sockets = Array.from({ length: QUERIES }, () => dgram.createSocket("udp4"));
  let answers = 0;
  const answered = sockets.map((socket, sequence) => new Promise<void>((resolve) => {
    // What becomes of a query is seen in the table; one that is refused leaves nothing there.
    socket.on("error", () => {});
    socket.once("message", () => {
      answers += 1;
      resolve();
    });
    patchQuery(query, 0, sequence);
    socket.send(Uint8Array.from(query), port, address, () => {});
  }));
  const enough = new AbortController();
  await Promise.race([Promise.all(answered), sleep(PATIENCE_MS, null, { signal: enough.signal })]);
  enough.abort();
  for (const socket of sockets) socket.close();
  return answers;
}

function judge(effect: Effect, { answers, ofQueries, ofAnswers }: Seen): { holds: boolean; words: string } {
  const entries = ofQueries.length + ofAnswers.length;
  switch (effect.kind) {
    case "untracked":
      return { holds: entries === 0, words: entries === 0 ? "left no entry" : `left ${entries} entries: something here still tracks them` };
    case "replies":
      if (ofQueries.length > 0) return { holds: false, words: `left ${ofQueries.length} entries that a query opened` };
      return { holds: answers === 0 || ofAnswers.length > 0, words: `left ${ofAnswers.length} entries, each opened by an answer` };
    case "timeout": {
      const longest = Math.max(0, ...ofQueries.map(({ timeoutS }) => timeoutS ?? Infinity));
      return { holds: ofQueries.length > 0 && longest <= effect.seconds, words: `left ${ofQueries.length} entries, with at most ${longest} s to live` };
    }
  }
}
