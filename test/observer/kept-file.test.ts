import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { KeptFile } from "../../src/observer/kept-file.ts";

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
});
