import fs from "node:fs";

const DIRECTORY = "/proc/sys/net/netfilter";

/** The two host-wide values, as they are now. */
export interface HostTable {
  max: string;
  buckets: string;
}

export function readHostTable(): HostTable {
  const read = (name: string): string => fs.readFileSync(`${DIRECTORY}/${name}`, "utf8").trim();
  return { max: read("nf_conntrack_max"), buckets: read("nf_conntrack_buckets") };
}

/** For `afterEach`: whatever a failed test left behind does not stay. */
export function putBack(before: HostTable): void {
  const now = readHostTable();
  if (now.max !== before.max) fs.writeFileSync(`${DIRECTORY}/nf_conntrack_max`, before.max);
  if (now.buckets !== before.buckets) fs.writeFileSync(`${DIRECTORY}/nf_conntrack_buckets`, before.buckets);
  fs.rmSync("/run/tablefull/host-values.json", { force: true });
}
