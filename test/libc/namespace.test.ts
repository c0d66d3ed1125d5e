import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { enterNamespace, withinNamespace } from "../../src/libc/namespace.ts";
import { CallError } from "../../src/libc/sockets.ts";
import { FakeLibc } from "./fake-libc.ts";

/** Stands in for a namespace's file: what matters is which file setns gets. */
const OTHER = "/proc/self/status";

class Moving extends FakeLibc {
  readonly moves: string[] = [];
  override setns = (...args: number[]): number => {
    this.moves.push(fs.readlinkSync(`/proc/self/fd/${args[0]}`).replace(/^.*\//, "").replace(/\d+/, "N"));
    return this.lastErrno === 0 ? 0 : -1;
  };
}

describe("a thread in another namespace", () => {
  it("comes back when it is done, also after an error", () => {
    const libc = new Moving();
    expect(withinNamespace(libc, OTHER, () => libc.moves.push("act"))).toBe(2);
    expect(libc.moves).toEqual(["status", "act", "net:[N]"]);
    expect(() => withinNamespace(libc, OTHER, () => { throw new Error("no"); })).toThrow("no");
    expect(libc.moves.slice(3)).toEqual(["status", "net:[N]"]);
  });

  it("says which file was refused", () => {
    const libc = new Moving();
    libc.lastErrno = 1;
    expect(() => enterNamespace(libc, OTHER)).toThrow(new CallError(`setns ${OTHER}`, "EPERM"));
  });
});
