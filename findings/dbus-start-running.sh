#!/usr/bin/env bash
# D-Bus: StartServiceByName fails for a service that is running, if the bus could not have started it
#
# Versions: dbus-daemon 1.14.10-1~deb12u1 (Debian 12); github.com/godbus/dbus/v5 v5.2.2 (Go module).
# Needs:    Go, and this package of Debian installed (apt-get install dbus; the script checks the version). No root.
#
# StartServiceByName makes sure that somebody serves a name before it is called. The specification has an answer for the
# case that somebody does already: 2, DBUS_START_REPLY_ALREADY_RUNNING, "a connection already owns the given name". So
# one would guess that the call succeeds for every name that has an owner. The bus looks for a .service file first, and
# without one answers ServiceUnknown, "was not provided by any .service files", though the owner is there and answers
# calls. A program that the session starts itself needs no such file, and one bus has it for the same name while another
# has not. A client that starts a service before it calls it therefore says on some desktops that there is none; it has to
# look for an owner first (GetNameOwner).
#
# Output, which is compared:
#   | owned, with a .service file: StartServiceByName: 2; a call of its owner: answered
#   | owned, without a .service file: StartServiceByName: org.freedesktop.DBus.Error.ServiceUnknown; a call of its owner: answered
#   | not owned, without a .service file: StartServiceByName: org.freedesktop.DBus.Error.ServiceUnknown; a call of its owner: org.freedesktop.DBus.Error.ServiceUnknown
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d) bus=
finish() {
	[ -z "$bus" ] || kill "$bus" || true
	rm -rf "$dir"
}
trap finish EXIT
cd "$dir"

installed=$(dpkg-query -W -f '${Version}' dbus-daemon 2>/dev/null || echo none)
if [ "$installed" != 1.14.10-1~deb12u1 ]; then
	echo "dbus-start-running: dbus-daemon is $installed, not 1.14.10-1~deb12u1" >&2
	exit 2
fi

cat >main.go <<'END'
package main

import (
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/godbus/dbus/v5"
)

// serve takes a name on a connection of its own, and answers Ping there as each does.
func serve(name string) {
	c, err := dbus.Connect(os.Getenv("FINDING_BUS"))
	if err != nil {
		log.Fatal(err)
	}
	if got, err := c.RequestName(name, dbus.NameFlagDoNotQueue); err != nil || got != dbus.RequestNameReplyPrimaryOwner {
		log.Fatal(got, err)
	}
	if err := c.Export(struct{}{}, "/", "finding.Nothing"); err != nil {
		log.Fatal(err)
	}
}

func said(err error, otherwise string) string {
	var failed dbus.Error
	switch {
	case err == nil:
		return otherwise
	case errors.As(err, &failed):
		return failed.Name
	}
	return err.Error()
}

func main() {
	serve("finding.WithFile")
	serve("finding.WithoutFile")
	c, err := dbus.Connect(os.Getenv("FINDING_BUS"))
	if err != nil {
		log.Fatal(err)
	}
	for _, try := range [][2]string{{"owned, with a .service file", "finding.WithFile"}, {"owned, without a .service file", "finding.WithoutFile"},
		{"not owned, without a .service file", "finding.Nobody"}} {
		var reply uint32
		err := c.BusObject().Call("org.freedesktop.DBus.StartServiceByName", 0, try[1], uint32(0)).Store(&reply)
		ping := c.Object(try[1], "/").Call("org.freedesktop.DBus.Peer.Ping", 0).Err
		fmt.Printf("%s: StartServiceByName: %s; a call of its owner: %s\n", try[0], said(err, fmt.Sprint(reply)), said(ping, "answered"))
	}
}
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" 2>messages || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get github.com/godbus/dbus/v5@v5.2.2
quiet go mod tidy
go build -o finding .

mkdir services
printf '[D-BUS Service]\nName=finding.WithFile\nExec=/bin/false\n' >services/finding.WithFile.service
cat >conf <<END
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=$dir/bus</listen>
  <servicedir>$dir/services</servicedir>
  <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>
END
dbus-daemon --config-file=conf --nofork --nopidfile >log 2>&1 &
bus=$!
for _ in $(seq 100); do [ -S bus ] || sleep 0.1; done
FINDING_BUS=unix:path=$dir/bus timeout 30 ./finding >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
