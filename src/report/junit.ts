/** What became of one test case. */
export type JunitOutcome =
  | { kind: "passed" }
  /** The run is not as it should be. */
  | { kind: "failed"; message: string }
  /** It could not be told. */
  | { kind: "skipped"; message: string }
  /** The run did not get that far. */
  | { kind: "error"; message: string };

export interface JunitSuite {
  name: string;
  startedAt: Date;
  durationMs: number;
  /** Facts about the run, by name. */
  properties: Record<string, string>;
  cases: readonly { name: string; outcome: JunitOutcome }[];
  /** What a person would read of the run. */
  output: string;
}

const ELEMENTS = { failed: "failure", skipped: "skipped", error: "error" } as const;

/**
 * A JUnit report of one suite, valid against the two schemas in use: that of Ant (windyroad/JUnit-Schema), which wants
 * `properties`, `system-out` and `system-err` in this order and a type for each failure, and that of Jenkins (junit-10.xsd).
 */
export function renderJunit({ cases, durationMs, name, output, properties, startedAt }: JunitSuite): string {
  const seconds = (durationMs / 1000).toFixed(3);
  const count = (kind: JunitOutcome["kind"]): number => cases.filter(({ outcome }) => outcome.kind === kind).length;
  const suite = attributes({
    name,
    timestamp: startedAt.toISOString().slice(0, "yyyy-mm-ddThh:mm:ss".length),
    hostname: "localhost",
    tests: cases.length,
    failures: count("failed"),
    errors: count("error"),
    skipped: count("skipped"),
    time: seconds,
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite ${suite}>`,
    "  <properties>",
    ...Object.entries(properties).map(([key, value]) => `    <property ${attributes({ name: key, value })}/>`),
    "  </properties>",
    ...cases.map((one, index) => testCase(one, { suite: name, seconds: index === 0 ? seconds : "0.000" })),
    `  <system-out>${escape(output)}</system-out>`,
    "  <system-err></system-err>",
    "</testsuite>",
    "",
  ].join("\n");
}

/** The run's time is that of its first case: the others are only other looks at it. */
function testCase({ name, outcome }: JunitSuite["cases"][number], { seconds, suite }: { seconds: string; suite: string }): string {
  const open = `  <testcase ${attributes({ classname: suite, name, time: seconds })}`;
  if (outcome.kind === "passed") return `${open}/>`;
  const { kind, message } = outcome;
  const type = kind === "skipped" ? {} : { type: kind };
  return `${open}>\n    <${ELEMENTS[kind]} ${attributes({ message, ...type })}/>\n  </testcase>`;
}

function attributes(values: Record<string, string | number>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escape(String(value)).replaceAll("\n", "&#10;").replaceAll("\t", "&#9;")}"`)
    .join(" ");
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "\n", "\t": "\t" };

/** Text as XML 1.0 can hold it: what it cannot, control characters and lone surrogates, becomes U+FFFD. */
function escape(text: string): string {
  return [...text].map((character) => ENTITIES[character] ?? (isXml(character.codePointAt(0) ?? 0) ? character : "\uFFFD")).join("");
}

function isXml(code: number): boolean {
  return (code >= 0x20 && code <= 0xd7_ff) || (code >= 0xe0_00 && code <= 0xff_fd) || (code >= 0x1_00_00 && code <= 0x10_ff_ff);
}
