import fc from "fast-check";
import { SaxesParser } from "saxes";
import { describe, expect, test } from "vitest";
import { renderJunit } from "../../src/report/junit.ts";
import type { JunitSuite } from "../../src/report/junit.ts";

const suite = (differs: Partial<JunitSuite> = {}): JunitSuite => ({
  name: "tablefull.kernel-defaults",
  startedAt: new Date("2026-11-22T18:21:53.250Z"),
  durationMs: 10_414.6,
  properties: { verdict: "table-full" },
  cases: [
    { name: "verdict: table-full", outcome: { kind: "passed" } },
    { name: "threshold eperm_share: rate<0.01", outcome: { kind: "failed", message: 'crossed: "76.8 %"' } },
    { name: "threshold onset_share: rate>0.5", outcome: { kind: "skipped", message: "unknown" } },
    { name: "threshold latency: p(99)<50", outcome: { kind: "error", message: "the run was interrupted" } },
  ],
  output: "76 of 301 sends < all\n]]> & more",
  ...differs,
});

interface Element {
  name: string;
  attributes: Record<string, string>;
  text: string;
}

/** Every element in order; throws where the text is not well-formed XML. */
function elements(xml: string): Element[] {
  const found: Element[] = [];
  const open: Element[] = [];
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => {
    const element = { name, attributes: { ...attributes }, text: "" };
    found.push(element);
    open.push(element);
  });
  parser.on("text", (text) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  });
  parser.on("closetag", () => void open.pop());
  parser.write(xml).close();
  return found;
}

describe("renderJunit", () => {
  test("one test case each, in the order that Ant's schema wants", () => {
    expect(renderJunit(suite())).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <testsuite name="tablefull.kernel-defaults" timestamp="2026-11-22T18:21:53" hostname="localhost" tests="4" failures="1" errors="1" skipped="1" time="10.415">
        <properties>
          <property name="verdict" value="table-full"/>
        </properties>
        <testcase classname="tablefull.kernel-defaults" name="verdict: table-full" time="10.415"/>
        <testcase classname="tablefull.kernel-defaults" name="threshold eperm_share: rate&lt;0.01" time="0.000">
          <failure message="crossed: &quot;76.8 %&quot;" type="failed"/>
        </testcase>
        <testcase classname="tablefull.kernel-defaults" name="threshold onset_share: rate&gt;0.5" time="0.000">
          <skipped message="unknown"/>
        </testcase>
        <testcase classname="tablefull.kernel-defaults" name="threshold latency: p(99)&lt;50" time="0.000">
          <error message="the run was interrupted" type="error"/>
        </testcase>
        <system-out>76 of 301 sends &lt; all
      ]]&gt; &amp; more</system-out>
        <system-err></system-err>
      </testsuite>
      "
    `);
  });

  test("what XML cannot hold is replaced, the rest comes back as it was", () => {
    const text = fc.string({ unit: fc.oneof(fc.constantFrom("<", "&", '"', "'", "]]>", "\n", "\t", "\r", "\u0000", "\u001B", "\uD800", "\uFFFE", "é", "💥"), fc.string({ minLength: 1, maxLength: 1 })) });
    const kept = (typed: string): string =>
      [...typed].map((one) => (/[\n\t\r\u0020-\uD7FF\uE000-\uFFFD]/u.test(one) || (one.codePointAt(0) ?? 0) > 0xff_ff ? one : "\uFFFD")).join("");
    fc.assert(
      fc.property(text, text, text, (name, message, output) => {
        const xml = renderJunit(suite({ cases: [{ name, outcome: { kind: "failed", message } }], output }));
        const [, , , testcase, failure, out] = elements(xml);
        expect([testcase?.attributes["name"], failure?.attributes["message"], out?.text]).toEqual([kept(name), kept(message), kept(output)]);
      }),
    );
  });
});
