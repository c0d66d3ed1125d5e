import fs from "node:fs";
import path from "node:path";
import { defineConfig, type Plugin, type RolldownOptions } from "rolldown";

/** What threads and processes of a run begin with: a file each, with all that it needs, as each of them waits for every file in turn. */
const BEGUN = [
  "run/lab-process",
  "run/kernel-reader",
  "sender/worker",
  "observer/worker",
  "observer/elsewhere",
  "lab/resolvers/embedded/main",
  "lab/resolvers/embedded/tcp",
  "lab/resolvers/tcp-sink",
];

// Packages are bundled too, as Node takes most of a command's time to find and load their hundreds of files. Not these: koffi is a binary,
// and the others are loaded where a run has something to store.
// yargs measures its help with string-width, which takes 37 ms to compile, with help or without: it has a pattern of every emoji. And it makes Intl's segmenters.
const COMMON = {
  platform: "node",
  external: ["koffi", "hdr-histogram-js", "prom-client"],
  resolve: { alias: { "string-width": "fast-string-width" } },
} satisfies RolldownOptions;

const OUTPUT = { dir: "dist", chunkFileNames: "chunks/[name]-[hash].js" };

export default defineConfig([
  {
    ...COMMON,
    input: { cli: "src/cli.ts" },
    plugins: [licences("dist/LICENCES.txt")],
    output: OUTPUT,
  },
  ...BEGUN.map((name): RolldownOptions => ({
    ...COMMON,
    input: { [name]: `src/${name}.ts` },
    output: OUTPUT,
  })),
]);

/** Writes the licences of what was bundled. A package without one ends the build. */
function licences(file: string): Plugin {
  return {
    name: "licences",
    writeBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((part) => (part.type === "chunk" ? part.moduleIds : []));
      const packages = new Set(modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id) ?? []));
      const texts = [...packages].sort().map((directory) => {
        const licence = fs.readdirSync(directory).find((name) => /^licen[cs]e/i.test(name));
        if (licence === undefined) throw new Error(`${directory} has no licence`);
        return `${path.basename(directory)}\n\n${fs.readFileSync(path.join(directory, licence), "utf8").trim()}\n`;
      });
      fs.writeFileSync(file, texts.join(`\n${"-".repeat(80)}\n\n`));
    },
  };
}
