#!/usr/bin/env bash
# Brings a fresh machine to the point where `npm run repro` and `npm test` work: system packages, npm packages, build.
# Changes nothing when everything is there; a second run needs no network.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"

# A user's PATH often lacks the folders in which nft, ip and conntrack are.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# command  Debian, Ubuntu  Fedora  Arch  Alpine
needed='
nft        nftables        nftables         nftables         nftables
ip         iproute2        iproute          iproute2         iproute2
unshare    util-linux      util-linux       util-linux       util-linux
nsenter    util-linux      util-linux       util-linux       util-linux'
# Not for a first run: conntrack proves tunings (and counts tables where koffi does not load), iptables is one, unbound is another
# resolver; all are for the tests.
optional='
conntrack  conntrack       conntrack-tools  conntrack-tools  conntrack-tools
dig        bind9-dnsutils  bind-utils       bind             bind-tools
unbound    unbound         unbound          unbound          unbound
jq         jq              jq               jq               jq
script     bsdutils        util-linux-script  util-linux     util-linux-misc
iptables-nft  iptables     iptables-nft     iptables         iptables
groff      groff-base      groff-base       groff            groff'

# The report's tests run in any browser of this family; Ubuntu has its own name for the package.
browser_for_tests() {
  local package=chromium
  have chromium-browser || have google-chrome || {
    if grep -qs '^ID=ubuntu' /etc/os-release; then package=chromium-browser; fi
    printf '\n%s %s chromium chromium chromium' "$package" "$package"
  }
}

stop() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}

warn() { printf 'setup: warning: %s\n' "$@" >&2; }

have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

can_be_root() { [ "$(id -u)" -eq 0 ] || have sudo; }

scratch=$(mktemp -d)
policy_made=no
policy=/usr/sbin/policy-rc.d
clean_up() {
  rm -rf -- "$scratch"
  if [ "$policy_made" = yes ]; then as_root rm -f "$policy"; fi
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs a command quietly; its output is shown when it fails.
quietly() {
  "$@" >"$scratch/output" 2>&1 </dev/null && return
  local status=$?
  cat -- "$scratch/output" >&2
  return "$status"
}

check_node() {
  local advice='Node.js 20.19 or newer in the 20 series, or 22.12 or newer, is needed'
  local where='see https://nodejs.org/en/download, or use a version manager such as nvm or fnm ("nvm install 22")'
  have node || stop "$advice; there is none." "$where"
  local version major minor
  version=$(node -p process.versions.node)
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  if ! { [ "$major" -eq 20 ] && [ "$minor" -ge 19 ]; } && ! { [ "$major" -eq 22 ] && [ "$minor" -ge 12 ]; } && [ "$major" -lt 23 ]; then
    stop "$advice; this is $version." "$where"
  fi
  have npm || stop 'npm is missing; it comes with Node.js, or as a package of its own ("apt-get install npm").'
}

# missing <list> <column>: packages of the commands that are not there, each once.
missing() {
  local row
  while read -r -a row; do
    if [ "${#row[@]}" -gt 0 ] && ! have "${row[0]}"; then printf '%s\n' "${row[$2]}"; fi
  done <<<"$1" | sort -u | paste -sd ' ' -
}

# The package column for this distribution and what installs it.
know_distribution() {
  local id='' like=''
  if [ -r /etc/os-release ]; then
    # shellcheck source=/dev/null
    id=$(. /etc/os-release && printf '%s' "${ID:-}")
    # shellcheck source=/dev/null
    like=$(. /etc/os-release && printf '%s' "${ID_LIKE:-}")
  fi
  case " $id $like " in
    *' debian '* | *' ubuntu '*) column=1 install='apt-get install --no-install-recommends' ;;
    *' fedora '* | *' rhel '* | *' centos '*) column=2 install='dnf install' ;;
    *' arch '*) column=3 install='pacman -S' ;;
    *' alpine '*) column=4 install='apk add' ;;
    *) column=1 install='' ;;
  esac
}

apt() {
  # needrestart would restart services of this machine on its own.
  quietly as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
    apt-get -o DPkg::Lock::Timeout=120 -qq -y "$@"
}

install_with_apt() {
  local packages
  read -r -a packages <<<"$1"
  printf 'system packages: installing %s\n' "$1"

  # Tests start their own unbound; the one of the package must not run, now or after a reboot. policy-rc.d is how Debian says so.
  if [[ " $1 " == *' unbound '* ]] && [ ! -e "$policy" ]; then
    policy_made=yes
    printf '#!/bin/sh\nexit 101\n' >"$scratch/policy-rc.d"
    as_root install -m 755 "$scratch/policy-rc.d" "$policy"
  fi
  apt update || warn 'apt-get update failed; trying with the package lists that are here.'
  apt install --no-install-recommends "${packages[@]}" || stop "apt-get could not install: $1"
  if [[ " $1 " == *' unbound '* ]] && have systemctl; then
    quietly as_root systemctl disable unbound.service || warn 'unbound.service could not be disabled.'
  fi
  if [ "$policy_made" = yes ]; then
    as_root rm -f "$policy"
    policy_made=no
  fi
}

set_up_system() {
  local column install need want all
  know_distribution
  optional+=$(browser_for_tests)
  need=$(missing "$needed" "$column")
  want=$(missing "$optional" "$column")
  all="${need:+$need }$want"
  all=${all% }
  if [ -z "$all" ]; then
    echo 'system packages: all here'
    return
  fi
  if [ "$column" -eq 1 ] && have apt-get && can_be_root; then
    install_with_apt "$all"
    need=$(missing "$needed" 1)
    want=$(missing "$optional" 1)
    [ -z "$need$want" ] || stop "installed, and yet commands are missing that these packages should hold: $need $want"
    echo 'system packages: installed'
    return
  fi
  local advice
  if [ -n "$install" ]; then
    advice="as root, type: $install $all"
  else
    advice="install these packages (names as in Debian): $all"
  fi
  stop "system packages are missing${want:+ (only for tests, some tunings and the resolver unbound: $want)}." "$advice" 'then run this again.'
}

set_up_conntrack() {
  [ ! -e /proc/sys/net/netfilter/nf_conntrack_max ] || return 0
  if have modprobe && can_be_root && quietly as_root modprobe nf_conntrack; then
    echo 'nf_conntrack: loaded'
  else
    warn 'the kernel module nf_conntrack is not loaded; as root of the host, type: modprobe nf_conntrack'
  fi
}

# Whether package-lock.json was made for this package.json: then what npm ci misses are packages of other platforms.
lock_fits() {
  node -e '
    const { readFileSync } = require("node:fs");
    const read = (file) => JSON.parse(readFileSync(file, "utf8"));
    const wanted = (entry) => JSON.stringify(["dependencies", "devDependencies", "optionalDependencies"].map(
      (kind) => Object.entries(entry[kind] ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))));
    process.exit(wanted(read("package.json")) === wanted(read("package-lock.json").packages[""]) ? 0 : 1);
  '
}

# koffi brings its binary as a package: no install script is needed, so none is run.
npm_packages() {
  npm "$@" --include=dev --ignore-scripts --no-audit --no-fund >"$scratch/npm" 2>&1 </dev/null
}

set_up_npm() {
  local installed=node_modules/.package-lock.json
  if [ "$installed" -nt package-lock.json ] && [ "$installed" -nt package.json ]; then
    echo 'npm packages: up to date'
    return
  fi
  if npm_packages ci; then
    echo 'npm packages: installed'
    return
  fi
  # Some releases of npm 11 refuse a lock file that lacks optional packages of other platforms (github.com/npm/cli/issues/8805).
  if grep -q 'Missing: .* from lock file' "$scratch/npm" && lock_fits; then
    cp package-lock.json "$scratch/lock"
    if npm_packages install --no-save; then
      cmp -s package-lock.json "$scratch/lock" || cp "$scratch/lock" package-lock.json
      touch "$installed"
      echo 'npm packages: installed (by npm install: npm ci of this npm refuses the lock file)'
      return
    fi
  fi
  cat -- "$scratch/npm" >&2
  stop 'npm could not install the packages; its own words are above.'
}

check_node
set_up_system
set_up_conntrack
set_up_npm
quietly npm run --silent build || stop 'the build failed; the words of the compiler are above.'
echo 'build: done'
