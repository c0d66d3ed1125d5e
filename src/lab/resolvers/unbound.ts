import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Endpoint } from "../../plan/plan.ts";

/**
 * unbound with local data only, so that it never asks another server: every name of the reserved top-level
 * domain `test` (RFC 6761) has one A and one AAAA record, anything else is refused.
 */
function configuration({ address, port }: Endpoint): string {
  return `server:
  interface: ${address}
  port: ${port}
  num-threads: 1
  do-daemonize: no
  use-syslog: no
  verbosity: 1
  username: ""
  chroot: ""
  directory: ""
  pidfile: ""
  do-ip6: no
  do-tcp: no
  access-control: 0.0.0.0/0 allow
  so-rcvbuf: 0
  local-zone: "." refuse
  local-zone: "test." redirect
  local-data: "test. 60 IN A 192.0.2.1"
  local-data: "test. 60 IN AAAA 2001:db8::1"
remote-control:
  control-enable: no
`;
}

/** Writes the configuration to a file of its own and gives the command that serves it. */
export function unboundCommand(at: Endpoint): string[] {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-unbound-"));
  const file = path.join(directory, "unbound.conf");
  fs.writeFileSync(file, configuration(at));
  return ["unbound", "-d", "-c", file];
}
