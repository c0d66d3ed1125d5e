import fc from "fast-check";
import { expect, test } from "vitest";
import { legacyTrackingRules, trackingRules } from "../../src/kernel/tracking-rules.ts";

const RULESET = `table ip filter {
	chain INPUT {
		type filter hook input priority filter; policy accept;
		ct state related,established counter packets 5 bytes 400 accept
		xt match "conntrack" counter packets 1 bytes 2 accept
		tcp dport 22 comment "masquerade ct state" accept
	}
}
table ip nat {
	chain POSTROUTING {
		type nat hook postrouting priority srcnat; policy accept;
		oifname "eth0" masquerade
	}
}
table inet raw {
	chain out {
		type filter hook output priority raw; policy accept;
		udp dport 53 notrack
		udp sport 53 xt target "CT"
	}
}
`;

test("rules that track and rules that except, without their counters", () => {
  expect(trackingRules(RULESET)).toEqual({
    tracking: ["ip filter INPUT: ct state related,established accept", 'ip filter INPUT: xt match "conntrack" accept', 'ip nat POSTROUTING: oifname "eth0" masquerade'],
    notrack: ["inet raw out: udp dport 53 notrack", 'inet raw out: udp sport 53 xt target "CT"'],
  });
});

test("the rules of iptables-legacy", () => {
  const saved = "*raw\n-A OUTPUT -p udp -m udp --dport 53 -j CT --notrack\nCOMMIT\n*filter\n-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n-A INPUT -p tcp -j DROP\nCOMMIT\n*nat\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n";
  expect(legacyTrackingRules(saved)).toEqual({
    tracking: ["iptables-legacy -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT", "iptables-legacy -A POSTROUTING -j MASQUERADE"],
    notrack: ["iptables-legacy -A OUTPUT -p udp -m udp --dport 53 -j CT --notrack"],
  });
});

test("any other text gives nothing, and does not throw", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(trackingRules(text)).toEqual({ tracking: [], notrack: [] });
    }),
  );
});
