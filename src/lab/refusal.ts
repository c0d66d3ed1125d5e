/** What this machine says about user namespaces, each as the kernel prints it; empty where there is no such file. */
export interface NamespaceFacts {
  /** Why `unshare` failed, its own words. */
  complaint: string;
  /** /proc/sys/user/max_user_namespaces */
  maxUserNamespaces: string;
  /** /proc/sys/kernel/unprivileged_userns_clone (Debian and Ubuntu kernels) */
  unprivilegedClone: string;
  /** /proc/sys/kernel/apparmor_restrict_unprivileged_userns (Ubuntu 23.10 and later) */
  apparmorRestricts: string;
  /** The `Seccomp:` field of /proc/self/status: 2 means a filter, as container runtimes set. */
  seccomp: string;
  /** Whether we already act as root: then no user namespace is asked for. */
  root: boolean;
}

/** Says which setting keeps this process from making its namespaces, and the way out. One line. */
export function explainRefusal(facts: NamespaceFacts): string {
  const way = "or run it as root (sudo)";
  const is = (text: string, value: string): boolean => text.trim() === value;
  if (facts.root) {
    const why = is(facts.seccomp, "2") ? "a seccomp filter (a container runtime's) forbids it" : facts.complaint;
    return `cannot make a network namespace though we are root: ${why}; in a container, start it with --privileged or --security-opt seccomp=unconfined --cap-add SYS_ADMIN,NET_ADMIN`;
  }
  if (is(facts.maxUserNamespaces, "0")) {
    return `user namespaces are switched off here (user.max_user_namespaces = 0); allow them: sudo sysctl -w user.max_user_namespaces=10000, ${way}`;
  }
  if (is(facts.unprivilegedClone, "0")) {
    return `unprivileged user namespaces are switched off here (kernel.unprivileged_userns_clone = 0); allow them: sudo sysctl -w kernel.unprivileged_userns_clone=1, ${way}`;
  }
  if (is(facts.apparmorRestricts, "1")) {
    return `AppArmor restricts unprivileged user namespaces here (kernel.apparmor_restrict_unprivileged_userns = 1); allow them: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, ${way}`;
  }
  if (is(facts.seccomp, "2")) {
    return `a seccomp filter (a container runtime's) forbids user namespaces; start the container with --security-opt seccomp=unconfined, ${way}`;
  }
  return `cannot make a user namespace: ${facts.complaint}; ${way.replace("or ", "")}`;
}
