import type { Options } from "yargs";
import { bold, definition, italic, paragraph, roff, section, subsection, verbatim } from "../report/roff.ts";
import { RUN_FILES } from "../store/run-files.ts";
import { type Command, defineCommand, describeOption, EXIT_MEANINGS, type Example } from "./command.ts";

export const MAN_COMMAND = defineCommand<object>({
  options: {},
  examples: [
    { words: "man | man -l -", about: "read it" },
    { words: "man > tablefull.1", about: "install it by hand; npm install -g does so itself" },
  ],
  carryOut: async (_flags, { everyCommand, version }) => void process.stdout.write(renderManual(await everyCommand(), version)),
});

const DESCRIPTION = [
  "A service logs “write: operation not permitted”, the kernel logs “nf_conntrack: table full, dropping packet”. tablefull reproduces that failure in a lab of its own, ties it to the connection-tracking table, and proves it: every EPERM that its senders saw is a packet that the kernel counted as dropped.",
  "It needs no root and changes nothing on the host, unless a scenario sets host-wide values (table.max, table.buckets): these need root and are restored. Load goes to the lab alone; --allow-target permits another address.",
];

const ENVIRONMENT: Readonly<Record<string, string>> = {
  NO_COLOR: "If set and not empty, nothing is coloured; so with --no-color, which every command takes.",
  PATH: "Where nft, ip, conntrack, unshare and nsenter are looked for, then in /usr/sbin and /sbin.",
  SHELL: "The shell that tablefull completion prints a script for.",
  TERM: "If it is dumb, the progress of a run is written as into a log, a line a second.",
  TABLEFULL_NO_LIBC: "If set and not empty, the program acts as where the C library cannot be called: Node's own sockets send.",
};

const FILES: Readonly<Record<string, string>> = {
  "scenarios/*.yaml": "Scenarios that come with the program, with scenario.schema.json for editors.",
  "results/UTC-SCENARIO-ID/": `A run: ${Object.values(RUN_FILES).join(", ")}.`,
  "results/UTC-tune-SCENARIO-ID/": "A series of tune: series.json and its runs.",
  "results/reference/SCENARIO/": "A kept run, for --baseline.",
  "/run/tablefull/host-values.json": "Journal of host-wide values while a run has changed them; tablefull restore reads it after a crash.",
};

const SEE_ALSO = ["conntrack(8)", "dig(1)", "dnsperf(1)", "ip-netns(8)", "nft(8)", "unshare(1)", "user_namespaces(7)"];

/** The manual page, in man(7). The same commands and version give the same bytes. */
export function renderManual(commands: readonly Command[], version: string): string {
  const parts = [
    `.TH TABLEFULL 1 "" "tablefull ${roff(version)}" "User Commands"`,
    section("NAME", roff("tablefull - reproduce, explain and compare DNS queries refused with EPERM by a full conntrack table")),
    section("SYNOPSIS", commands.map(synopsis).join("\n.br\n")),
    section("DESCRIPTION", ...DESCRIPTION.map((text) => paragraph(roff(text)))),
    section("COMMANDS", ...commands.map(describeCommand)),
    section("EXIT STATUS", ...definitions(EXIT_MEANINGS)),
    section("ENVIRONMENT", ...definitions(ENVIRONMENT)),
    section("FILES", ...definitions(FILES)),
    section("EXAMPLES", ...commands.flatMap(({ examples }) => examples.map(showExample))),
    section("SEE ALSO", SEE_ALSO.map(roff).join(",\n")),
  ];
  return `${parts.join("\n")}\n`;
}

/** "run <scenario>" as tablefull run SCENARIO [OPTION...]. */
function synopsis(command: Command): string {
  const [name = "", ...positionals] = command.usage.split(" ");
  const words = [...positionals.map((word) => word.replaceAll(/[<>]/g, "").toUpperCase()), ...(command.words === undefined ? [] : [command.words.usage])];
  if (Object.keys(command.options).length > 0) words.push("[OPTION...]");
  return [bold(`tablefull ${name}`), ...words.map(italic)].join(" ");
}

function describeCommand(command: Command): string {
  const { about, positionals = {}, words, options, exitCodes } = command;
  return subsection(
    command.usage.split(" ")[0] ?? "",
    synopsis(command),
    paragraph(roff(sentence(about))),
    ...(words === undefined ? [] : [paragraph(roff(words.about))]),
    ...Object.entries(positionals).map(([name, { describe = "" }]) => definition(italic(name.toUpperCase()), roff(describe))),
    ...Object.entries(options).flatMap(([heading, group]) => [paragraph(roff(`${heading}:`)), ...Object.entries(group).map(describeFlag)]),
    ...(exitCodes === undefined || exitCodes === EXIT_MEANINGS ? [] : [paragraph("Exit status:"), ...definitions(exitCodes)]),
  );
}

function describeFlag([name, option]: [string, Options]): string {
  const aliases = option.alias === undefined ? [] : [option.alias].flat();
  const flags = [...aliases.map((alias) => bold(`-${alias}`)), bold(`--${name}`)].join(", ");
  return definition(option.type === "boolean" ? flags : `${flags} ${italic(name.toUpperCase())}`, roff(describeOption(option)));
}

function definitions(entries: Readonly<Record<string, string>>): string[] {
  return Object.entries(entries).map(([term, text]) => definition(bold(term), roff(text)));
}

function showExample({ about, words }: Example): string {
  return `${paragraph(roff(sentence(about)))}\n${verbatim(`tablefull ${words}`)}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[?.!]$/.test(text) ? "" : "."}`;
}
