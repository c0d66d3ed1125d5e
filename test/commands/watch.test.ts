import { afterEach, expect, test } from "vitest";
import { type WatchArguments, watchCommand } from "../../src/commands/watch.ts";
import { UserError } from "../../src/errors.ts";

afterEach(() => {
  process.removeAllListeners("SIGUSR1");
});

test.each<[Partial<WatchArguments>, string]>([
  [{ netns: "no-such" }, "--netns: there is no /run/netns/no-such; `ip netns list` has the names"],
  [{ netns: "/etc/no/such" }, "--netns: there is no /etc/no/such"],
  [{ pid: "4194305" }, "--pid: there is no process 4194305"],
  [{ pid: "init" }, "--pid: init is not a number"],
  [{ pid: "1", netns: "a" }, "leave one of the two out"],
  [{ "exit-on": "full,90" }, '--exit-on: "90" is none of full, eperm and a share of max; write for example 90%'],
  [{ every: "1ms" }, "--every: a line more often than every 100ms is no use"],
  [{ every: "often" }, '--every: "often" is not a duration'],
  [{ duration: "9000h" }, "--duration: at most 500h"],
  [{ prometheus: "9100" }, '--prometheus: "9100" is not [HOST]:PORT; write :9100 for everybody, or 127.0.0.1:9100 for this machine alone'],
  [{ prometheus: ":65536" }, "--prometheus"],
  [{ prometheus: "192.0.2.1:9100" }, "--prometheus: cannot listen on 192.0.2.1:9100 (EADDRNOTAVAIL)"],
  [{ duration: "0s" }, "--duration: 0 shows nothing"],
])("%j is refused in one line", async (flags, message) => {
  const told = watchCommand({ every: "1s", record: false, results: "results", json: false, ...flags }, "0.0.0");
  await expect(told).rejects.toBeInstanceOf(UserError);
  await expect(told).rejects.toThrow(message);
});
