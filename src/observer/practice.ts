import { MonotonicClock } from "../clock.ts";
import type { Libc } from "../libc/library.ts";
import { KeptFile } from "./kept-file.ts";
import { silentLog } from "./kernel-log.ts";
import { SIGNAL } from "./protocol.ts";
import { Rhythm } from "./rhythm.ts";
import { Sampler } from "./sampler.ts";

/** V8 compiles what has run so often: less would not do, and this takes 17 ms. */
const TIMES = 3000;
const AT_ONCE = 20;

/**
 * Takes samples of a file that holds nothing, so that V8 compiles the taking of samples. It would come to that by itself, but with 100
 * samples a second only after half a minute, and until then each costs a third more.
 */
export function practise(libc: Libc | null): void {
  const file = KeptFile.open("/dev/null");
  const sampler = new Sampler({ sources: { count: file, max: null, stat: null, snmp: null, log: silentLog("none") }, clock: new MonotonicClock(0n), originNs: 0, libc });
  const told = new Int32Array(new SharedArrayBuffer(8));
  const rhythm = new Rhythm({ sampler, told, startNs: 0, intervalNs: 1 });
  for (let times = 1; times <= TIMES; times++) {
    rhythm.keep(0);
    if (times % AT_ONCE !== 0) continue;
    sampler.collect({ net: false });
    // What was never done before is not compiled with the rest.
    told[0] = SIGNAL.look;
  }
  file?.close();
}
