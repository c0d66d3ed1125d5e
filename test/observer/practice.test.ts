import fs from "node:fs";
import { expect, it } from "vitest";
import { loadLibc } from "../../src/libc/library.ts";
import { practise } from "../../src/observer/practice.ts";

it.each([["Node", null], ["the C library", loadLibc()]] as const)("practice leaves no file open, by %s", (_how, libc) => {
  const open = (): number => fs.readdirSync("/proc/self/fd").length;
  const before = open();
  practise(libc);
  expect(open()).toBe(before);
});
