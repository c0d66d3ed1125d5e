import { addressToNumber, cidr, contains, parseCidr } from "./addresses.ts";
import { LAB_ADDRESSES } from "./lab-addresses.ts";
import { keyOf } from "./overrides.ts";
import type { AddressRange, Endpoint } from "./plan.ts";
import type { Planning } from "./planning.ts";

const LOOPBACK = cidr("127.0.0.0/8");
const NOWHERE: Endpoint = { address: "127.0.0.1", port: 53 };

/** Where the queries go. Nothing leaves the lab, or this machine, unless a person said so twice: by target and by range. */
export function planTarget({ scenario, overrides, problems }: Planning): Endpoint {
  const { topology } = scenario.lab;
  const { target } = overrides;
  if (target === undefined) {
    if (topology !== "host") return LAB_ADDRESSES[topology].resolver;
    problems.at(["lab", "topology"], "host has no resolver of its own; add --target ADDRESS:PORT, for example --target 127.0.0.1:53");
    return NOWHERE;
  }
  const address = addressToNumber(target.address);
  if (address === null) {
    problems.add(`--target: ${JSON.stringify(target.address)} is not an IPv4 address; write for example --target 127.0.0.1:53`);
    return NOWHERE;
  }
  if (!Number.isInteger(target.port) || target.port < 1 || target.port > 65_535) {
    problems.add(`--target: ${target.port} is not a port; write one from 1 to 65535, for example --target 127.0.0.1:53`);
  }
  const at: AddressRange = { base: address, size: 1 };
  if (topology !== "host") {
    const { targets } = LAB_ADDRESSES[topology];
    if (!contains(cidr(targets), at)) {
      problems.add(`--target: ${target.address} is outside the lab; write an address in ${targets}, or use lab: { topology: host } in the scenario`);
    }
  } else if (!contains(LOOPBACK, at)) {
    checkLeaving({ scenario, overrides, problems }, target.address, at);
  }
  return target;
}

function checkLeaving({ scenario, overrides, problems }: Pick<Planning, "scenario" | "overrides" | "problems">, address: string, at: AddressRange): void {
  if (overrides.allowTarget === undefined) {
    problems.add(`--target: ${address} is another machine; add --allow-target ${address}/32 if its owner agrees`);
  } else {
    const allowed = parseCidr(overrides.allowTarget);
    if (!allowed.ok) problems.add(`--allow-target: ${allowed.error}`);
    else if (!contains(allowed.value, at)) {
      problems.add(`--target: ${address} is outside --allow-target ${overrides.allowTarget}; write --allow-target ${address}/32 if its owner agrees`);
    }
  }
  scenario.phases.forEach((phase, i) => {
    if (phase.kind !== "load") return;
    const path = ["phases", i, "load"];
    if (phase.ratePps === null) {
      problems.at([...path, keyOf("ratePps")], "unlimited is refused towards another machine; write rate: 100/s, or add --rate 100/s", "ratePps");
    }
    if (phase.durationMs === null) problems.at([...path, keyOf("durationMs")], "a load on another machine needs one; write duration: 5s, or add --duration 5s");
  });
}
