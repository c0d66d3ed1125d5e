import { parseEntryHead } from "./entry.ts";

/** How many entries share protocol, state and ASSURED; the shape of a stored composition record. */
type CompositionGroup = {
  protocol: string;
  /**
   * TCP's, SCTP's or DCCP's own state, or UNREPLIED / REPLIED for protocols without one. OFFLOAD for an entry in the
   * flow table: the kernel then prints neither its state nor whether it is ASSURED.
   */
  state: string;
  assured: boolean;
  entries: number;
};

/** A dump, counted. */
export type Composition = {
  /** Largest first. */
  groups: CompositionGroup[];
  entries: number;
  /** Lines that were neither blank nor an entry: a damaged or foreign text. */
  unreadable: number;
};

/** Counts the entries of a dump as it streams by; a million of them need no more memory than one. */
export type CompositionCounter = {
  addLine(line: string): void;
  /** Any piece of the text; lines may be cut anywhere. */
  addChunk(text: string): void;
  /** What was counted, a last line without its newline included. */
  finish(): Composition;
};

/** Starts to count the text of `conntrack -L` or /proc/net/nf_conntrack. */
export function createCompositionCounter(): CompositionCounter {
  const groups = new Map<string, CompositionGroup>();
  let entries = 0;
  let unreadable = 0;
  let rest = "";

  const addLine = (line: string): void => {
    const group = groupOf(line);
    if (group === null) {
      if (line.trim() !== "") unreadable++;
      return;
    }
    entries++;
    const key = `${group.protocol} ${group.state} ${group.assured}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, group);
    else known.entries++;
  };

  return {
    addLine,
    addChunk(text) {
      let from = 0;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
        addLine(rest + text.slice(from, end));
        rest = "";
        from = end + 1;
      }
      rest += text.slice(from);
    },
    finish() {
      addLine(rest);
      rest = "";
      return { groups: sortGroups([...groups.values()].map((group) => ({ ...group }))), entries, unreadable };
    },
  };
}

/** Largest first, then by name. */
export function sortGroups(groups: CompositionGroup[]): CompositionGroup[] {
  return groups.sort((a, b) => b.entries - a.entries || compare(nameOf(a), nameOf(b)));
}

function groupOf(line: string): CompositionGroup | null {
  const head = parseEntryHead(line);
  if (head === null) return null;
  const { protocol, tupleAt } = head;
  const state =
    head.state ??
    (line.includes("OFFLOAD]", tupleAt) ? "OFFLOAD" : line.includes("[UNREPLIED]", tupleAt) ? "UNREPLIED" : "REPLIED");
  return { protocol, state, assured: line.includes("[ASSURED]", tupleAt), entries: 1 };
}

const nameOf = ({ protocol, state, assured }: CompositionGroup): string => `${protocol} ${state} ${assured}`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
