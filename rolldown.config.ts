import fs from "node:fs";
import path from "node:path";
import { defineConfig, type Plugin } from "rolldown";

/** What a person, a thread or a process starts with. */
const ENTRY_POINTS = [
  "cli",
  "run/lab-process",
  "sender/worker",
  "observer/worker",
  "observer/elsewhere",
  "lab/resolvers/embedded/main",
  "lab/resolvers/embedded/tcp",
  "lab/resolvers/tcp-sink",
];

// Packages are bundled, as Node takes most of a command's time to find and load their hundreds of files. Not these: koffi is a binary,
// and the others are loaded where a run has something to store.
export default defineConfig({
  input: Object.fromEntries(ENTRY_POINTS.map((name) => [name, `src/${name}.ts`])),
  platform: "node",
  external: ["koffi", "hdr-histogram-js", "prom-client"],
  plugins: [licences("dist/LICENCES.txt")],
  output: {
    dir: "dist",
    cleanDir: true,
    entryFileNames: "[name].js",
    // src/entry-points.ts says where they are, seen from where it stands in the sources.
    chunkFileNames: ({ name }) => (name === "entry-points" ? "[name].js" : "chunks/[name]-[hash].js"),
  },
});

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
