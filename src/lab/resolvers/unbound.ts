import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { MOST_TCP_CONNECTIONS } from "../../plan/lab-addresses.ts";
import type { Endpoint } from "../../plan/plan.ts";

/**
 * unbound with local data only, so that it never asks another server: every name of the reserved top-level
 * domain `test` (RFC 6761) has one A and one AAAA record, anything else is refused. There is a buffer for each connection, so
 * buffers are small; connections may be idle, as a load's are while a fill goes on.
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
  incoming-num-tcp: ${MOST_TCP_CONNECTIONS}
  tcp-idle-timeout: 3600000
  msg-buffer-size: 4096
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

/** Serves the configuration that its standard input is; unbound opens it by name, so that must be a file. */
export const UNBOUND_COMMAND = ["unbound", "-d", "-c", "/dev/stdin"];

/** The configuration as an open file without a name, so that nothing is left of it. The caller closes it. */
export function openConfiguration(at: Endpoint): number {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-unbound-"));
  try {
    const file = path.join(directory, "unbound.conf");
    fs.writeFileSync(file, configuration(at));
    return fs.openSync(file, "r");
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}
