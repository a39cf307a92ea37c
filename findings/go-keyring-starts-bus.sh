#!/usr/bin/env bash
# go-keyring: without a session bus, asking for a secret starts a bus that stays
#
# Versions: github.com/zalando/go-keyring v0.2.8 with github.com/godbus/dbus/v5 v5.2.4 (Go modules);
#           dbus-x11 1.14.10-1~deb12u1 (Debian 12).
# Needs:    Go, apt, dbus-daemon of the same version as it is installed with Debian's package dbus. No root.
#
# In a cron job, a container or over ssh there often is no DBUS_SESSION_BUS_ADDRESS, and one would guess that
# keyring.Get then says that there is no keyring. Where dbus-launch is installed (it comes with most desktops),
# godbus, below go-keyring, runs it. So each process that only looks for a secret starts a D-Bus daemon of its own
# (and, where one is installed, a keyring daemon on it, empty and locked), which goes on running after it: a job per
# minute is 1,440 of them a day. The process's own environment is changed, too. Who does not want that has to look for
# the variable before the first call.
#
# Output, which is compared:
#   | DBUS_SESSION_BUS_ADDRESS before: not set; the secret: an error; after: set
#   | daemons left behind by 1 process: 1
#   | daemons left behind by 3 processes: 3
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
daemons() { # those that have our mark in their environment
	grep -lzs "^FINDING=$dir\$" /proc/[0-9]*/environ | while read -r file; do
		folder=${file%/environ}
		! grep -q '^dbus-daemon$' "$folder/comm" || echo "${folder#/proc/}"
	done
}
left() { # every process with the mark, keyring daemons that the bus started among them
	grep -lzs "^FINDING=$dir\$" /proc/[0-9]*/environ | sed -E 's|/proc/([0-9]+)/environ|\1|'
}
finish() {
	local pid
	for pid in $(left); do
		kill "$pid" 2>/dev/null || true
	done
	rm -rf "$dir"
}
trap finish EXIT
cd "$dir"

installed=$(dpkg-query -W -f '${Version}' dbus-daemon)
if [ "$installed" != 1.14.10-1~deb12u1 ]; then
	echo "go-keyring-starts-bus: this is dbus-daemon $installed, not 1.14.10-1~deb12u1" >&2
	exit 2
fi
apt-get -q -o APT::Sandbox::User= download dbus-x11=1.14.10-1~deb12u1 >/dev/null
dpkg-deb --extract dbus-x11_*.deb .

cat >main.go <<'END'
package main

import (
	"fmt"
	"os"

	"github.com/zalando/go-keyring"
)

func bus() string {
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") == "" {
		return "not set"
	}
	return "set"
}

func main() {
	before := bus()
	said := "a value"
	if _, err := keyring.Get("service", "user"); err != nil {
		said = "an error"
	}
	fmt.Printf("DBUS_SESSION_BUS_ADDRESS before: %s; the secret: %s; after: %s\n", before, said, bus())
}
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" 2>messages || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get github.com/zalando/go-keyring@v0.2.8 github.com/godbus/dbus/v5@v5.2.4
quiet go mod tidy
go build -o finding .

run() { # each in a place of its own, so that a keyring daemon does not look for the one before
	mkdir "$1"
	env -u DBUS_SESSION_BUS_ADDRESS -u DISPLAY FINDING="$dir" HOME="$dir/$1" XDG_RUNTIME_DIR="$dir/$1" PATH="$dir/usr/bin:$PATH" \
		timeout 30 ./finding
}
{
	run first
	echo "daemons left behind by 1 process: $(daemons | wc -l)"
	run second >/dev/null
	run third >/dev/null
	echo "daemons left behind by 3 processes: $(daemons | wc -l)"
} >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
