import { expect, test } from "vitest";
import { tablefull } from "./program.ts";

test("a word that is no command is told every command that there is", async () => {
  const [help, refused] = await Promise.all([tablefull("--help"), tablefull("zebra")]);
  const commands = [...(help.stdout.split("Options:")[0] ?? "").matchAll(/^ {2}tablefull ([\w-]+) .* {2}/gm)].map(([, name]) => name);
  expect(refused).toMatchObject({ code: 1, stderr: `tablefull: zebra is no command; there are ${commands.join(", ")}\n` });
});
