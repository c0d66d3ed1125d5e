import { type Command, type Definition, nameOf, type Outline } from "./commands/command.ts";

interface Listed extends Outline {
  load(): Promise<Definition>;
}

/** Every command, in the order in which they are listed. Its file is loaded when it is typed: all of them together take longer to load than most take to answer. */
const LIST: readonly Listed[] = [
  {
    usage: "run <scenario>",
    about: "build the lab, carry the scenario out, say what happened and why",
    load: async () => (await import("./commands/run.ts")).RUN_COMMAND,
  },
  {
    usage: "check <scenario>",
    about: "check a scenario and print the plan and the prediction; nothing is started",
    load: async () => (await import("./commands/check.ts")).CHECK_COMMAND,
  },
  {
    usage: "predict [scenario]",
    about: "what the model says of a table and a rate of new flows, or of a scenario; nothing is started",
    load: async () => (await import("./commands/predict.ts")).PREDICT_COMMAND,
  },
  {
    usage: "find-limit <scenario>",
    about: "find the highest rate without EPERM, or with little loss, and compare it with the model's",
    load: async () => (await import("./commands/find-limit.ts")).FIND_LIMIT_COMMAND,
  },
  {
    usage: "tune",
    about: "run scenarios with and without tunings, in turns, and say which of them help, by how much, at what cost",
    load: async () => (await import("./commands/tune.ts")).TUNE_COMMAND,
  },
  {
    usage: "tunings",
    about: "list the tunings: what each changes, its trap and its cost",
    load: async () => (await import("./commands/tunings.ts")).TUNINGS_COMMAND,
  },
  {
    usage: "report [run]",
    about: "tell a stored run again, from its facts alone",
    load: async () => (await import("./commands/report.ts")).REPORT_COMMAND,
  },
  {
    usage: "compare",
    about: "hold stored runs, or groups of them, against the first: what changed, by how much, and whether that is more than noise",
    load: async () => (await import("./commands/compare.ts")).COMPARE_COMMAND,
  },
  {
    usage: "doctor",
    about: "can the table fill up on this machine, is it full now, and what would help",
    load: async () => (await import("./commands/doctor.ts")).DOCTOR_COMMAND,
  },
  {
    usage: "watch",
    about: "follow the table of this machine, or of a namespace: how full, how fast it grows, what is dropped",
    load: async () => (await import("./commands/watch.ts")).WATCH_COMMAND,
  },
  {
    usage: "restore",
    about: "put back host-wide values that a killed run left behind",
    load: async () => (await import("./commands/restore.ts")).RESTORE_COMMAND,
  },
  {
    usage: "completion",
    about: "print a script that makes bash or zsh (whichever $SHELL names) complete commands, options, scenarios, runs and names",
    load: async () => (await import("./commands/completion.ts")).COMPLETION_COMMAND,
  },
  {
    usage: "man",
    about: "print the manual page",
    load: async () => (await import("./commands/man.ts")).MAN_COMMAND,
  },
];

/** Every command in full. */
export function loadEveryCommand(): Promise<Command[]> {
  return Promise.all(LIST.map(loadListed));
}

/** Every command: in full where one of the words is its name, of the others the outline. */
export function loadNamed(words: readonly string[]): Promise<(Command | Outline)[]> {
  return Promise.all(LIST.map((listed) => (words.includes(nameOf(listed)) ? loadListed(listed) : listed)));
}

async function loadListed({ usage, about, load }: Listed): Promise<Command> {
  return { usage, about, ...(await load()) };
}
