import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadLibc } from "../../src/libc/library.ts";
import { KeptFile } from "../../src/observer/kept-file.ts";
import { ReadMemory } from "../../src/observer/read-memory.ts";

let directory = "";
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-kept-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(directory, { recursive: true });
});

function kept(text: string): { file: string; keptFile: KeptFile } {
  const file = path.join(directory, "file");
  fs.writeFileSync(file, text);
  const keptFile = KeptFile.open(file);
  if (keptFile === null) throw new Error("not opened");
  return { file, keptFile };
}

describe("KeptFile", () => {
  it("is null for a file that does not exist", () => {
    expect(KeptFile.open(path.join(directory, "missing"))).toBeNull();
  });

  it.each([0, 1, 4095, 4096, 4097, 8191, 8192, 8193, 100_000])("reads %i bytes, again and again", (length) => {
    const text = Array.from({ length }, (_, i) => String.fromCharCode(97 + (i % 26))).join("");
    const { keptFile } = kept(text);
    expect(keptFile.read()).toBe(text);
    expect(keptFile.read()).toBe(text);
    keptFile.close();
  });

  it("shows what the file holds now, longer or shorter", () => {
    const { file, keptFile } = kept("11\n");
    expect(keptFile.read()).toBe("11\n");
    for (const text of ["262144\n", "x".repeat(5000), "7\n", ""]) {
      fs.writeFileSync(file, text);
      expect(keptFile.read()).toBe(text);
    }
    keptFile.close();
  });

  it("reads on where the kernel gave whole records of less than a page (seq_read_iter, one record a CPU)", () => {
    const rows = Array.from({ length: 64 }, (_, cpu) => `${cpu}`.padStart(150, "0"));
    const text = `${rows.join("\n")}\n`;
    const { keptFile } = kept(text);
    const read = fs.readSync.bind(fs) as (fd: number, buffer: Buffer, offset: number, length: number, position: number) => number;
    const records = (fd: number, buffer: Buffer, offset: number, length: number, position: number): number => {
      const got = read(fd, buffer, offset, Math.min(length, 4096), position);
      // Where not even one record fits, the kernel gives a piece of it and the rest the next time.
      return got < 151 ? got : Math.floor(got / 151) * 151;
    };
    vi.spyOn(fs, "readSync").mockImplementation(records as typeof fs.readSync);
    expect(keptFile.read()).toBe(text);
    keptFile.close();
  });

  it("is null when the kernel refuses to read", () => {
    const keptFile = KeptFile.open(directory);
    expect(keptFile?.read()).toBeNull();
    keptFile?.close();
  });

  it.each([["Node", null], ["the C library", loadLibc()]] as const)("reads texts one after another into a memory that grows, by %s", (_how, libc) => {
    const memory = new ReadMemory(libc, 64);
    const texts = [3, 0, 5000, 1278, 100_000].map((length, i) => String(i).repeat(length));
    let at = 0;
    for (const text of texts) {
      const { keptFile } = kept(text);
      expect(keptFile.readTo(memory, at)).toBe(text.length);
      at += text.length;
      keptFile.close();
    }
    expect(memory.bytes.toString("latin1", 0, at)).toBe(texts.join(""));
    const refused = KeptFile.open(directory);
    expect(refused?.readTo(memory, at)).toBeNull();
    refused?.close();
  });
});

describe("ReadMemory", () => {
  it.each([["Node", null], ["the C library", loadLibc()]] as const)("goes on where the file is at, and says why it cannot, by %s", (_how, libc) => {
    const file = path.join(directory, "file");
    fs.writeFileSync(file, "records");
    const memory = new ReadMemory(libc, 16);
    const fd = fs.openSync(file, "r");
    expect([memory.read(fd, 0, 4), memory.read(fd, 8, 4), memory.read(fd, 12, 4)]).toEqual([4, 3, 0]);
    expect(memory.bytes.toString("latin1", 0, 12)).toBe("reco\0\0\0\0rds\0");
    fs.closeSync(fd);
    const folder = fs.openSync(directory, "r");
    expect([memory.read(folder, 0, 4), memory.readAt(folder, 0, 4, 0)]).toEqual([-os.constants.errno.EISDIR, -os.constants.errno.EISDIR]);
    fs.closeSync(folder);
  });
});
