import { expect, test } from "vitest";
import { explainRefusal, type NamespaceFacts } from "../../src/lab/refusal.ts";

/** A machine on which nothing is known to forbid a namespace. */
const OPEN: NamespaceFacts = {
  complaint: "unshare: unshare failed: Operation not permitted",
  maxUserNamespaces: "63511\n",
  unprivilegedClone: "1\n",
  apparmorRestricts: "0\n",
  seccomp: "0",
  root: false,
};

test.each<{ name: string; facts: Partial<NamespaceFacts>; words: string }>([
  {
    name: "user namespaces switched off",
    facts: { maxUserNamespaces: "0\n" },
    words: "user namespaces are switched off here (user.max_user_namespaces = 0); allow them: sudo sysctl -w user.max_user_namespaces=10000, or run it as root (sudo)",
  },
  {
    name: "Debian's switch",
    facts: { unprivilegedClone: "0\n" },
    words: "unprivileged user namespaces are switched off here (kernel.unprivileged_userns_clone = 0); allow them: sudo sysctl -w kernel.unprivileged_userns_clone=1, or run it as root (sudo)",
  },
  {
    name: "Ubuntu's AppArmor",
    facts: { apparmorRestricts: "1\n" },
    words: "AppArmor restricts unprivileged user namespaces here (kernel.apparmor_restrict_unprivileged_userns = 1); allow them: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or run it as root (sudo)",
  },
  {
    name: "a container",
    facts: { seccomp: "2" },
    words: "a seccomp filter (a container runtime's) forbids user namespaces; start the container with --security-opt seccomp=unconfined, or run it as root (sudo)",
  },
  {
    name: "nothing known",
    facts: {},
    words: "cannot make a user namespace: unshare: unshare failed: Operation not permitted; run it as root (sudo)",
  },
  {
    name: "no such files (an old kernel)",
    facts: { maxUserNamespaces: "", unprivilegedClone: "", apparmorRestricts: "", seccomp: "" },
    words: "cannot make a user namespace: unshare: unshare failed: Operation not permitted; run it as root (sudo)",
  },
  {
    name: "root in a container",
    facts: { root: true, seccomp: "2" },
    words: "cannot make a network namespace though we are root: a seccomp filter (a container runtime's) forbids it; in a container, start it with --privileged or --security-opt seccomp=unconfined --cap-add SYS_ADMIN,NET_ADMIN",
  },
  {
    name: "root, whatever is said of users",
    facts: { root: true, maxUserNamespaces: "0", unprivilegedClone: "0", apparmorRestricts: "1" },
    words: "cannot make a network namespace though we are root: unshare: unshare failed: Operation not permitted; in a container, start it with --privileged or --security-opt seccomp=unconfined --cap-add SYS_ADMIN,NET_ADMIN",
  },
  {
    name: "the switch that comes first, of several",
    facts: { maxUserNamespaces: "0", unprivilegedClone: "0", apparmorRestricts: "1", seccomp: "2" },
    words: "user namespaces are switched off here (user.max_user_namespaces = 0); allow them: sudo sysctl -w user.max_user_namespaces=10000, or run it as root (sudo)",
  },
])("$name", ({ facts, words }) => {
  expect(explainRefusal({ ...OPEN, ...facts })).toBe(words);
});
