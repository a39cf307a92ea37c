#!/usr/bin/env bash
# gofrs/flock: a failed upgrade of a shared lock loses it, and RLocked still says true
#
# Versions: github.com/gofrs/flock v0.13.2 (Go module), on Linux.
# Needs:    Go. No root.
#
# One would guess that TryLock on a lock that is held shared either makes it exclusive or leaves it as it was: it
# says false, and RLocked says true. But flock(2) takes the old lock away before it tries for the new one, so after
# the "false" there is no lock at all, and another process gets an exclusive one while both believe that they hold
# theirs. Downward it is the reverse: after TryRLock on an exclusive lock, Locked goes on saying true although
# others read beside it. Who upgrades has to unlock first and look again at what the lock protects.
#
# Output, which is compared:
#   | a and b hold it shared: true true
#   | a asks for an exclusive one: false
#   | a: RLocked true, Locked false
#   | b lets go, c asks for an exclusive one: true
#   | a: RLocked true; c: Locked true
#   | d holds one exclusively, then asks for a shared one: true
#   | d: Locked true; e gets a shared one beside it: true
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >main.go <<'END'
package main

import (
	"fmt"

	"github.com/gofrs/flock"
)

// got gives what a lock answers; any other error than "somebody else has it" ends the program.
func got(ok bool, err error) bool {
	if err != nil {
		panic(err)
	}
	return ok
}

func main() {
	a, b, c := flock.New("first"), flock.New("first"), flock.New("first")
	fmt.Println("a and b hold it shared:", got(a.TryRLock()), got(b.TryRLock()))
	fmt.Println("a asks for an exclusive one:", got(a.TryLock()))
	fmt.Printf("a: RLocked %v, Locked %v\n", a.RLocked(), a.Locked())
	if err := b.Unlock(); err != nil {
		panic(err)
	}
	fmt.Println("b lets go, c asks for an exclusive one:", got(c.TryLock()))
	fmt.Printf("a: RLocked %v; c: Locked %v\n", a.RLocked(), c.Locked())

	d, e := flock.New("second"), flock.New("second")
	if !got(d.TryLock()) {
		panic("a new lock is taken")
	}
	fmt.Println("d holds one exclusively, then asks for a shared one:", got(d.TryRLock()))
	fmt.Printf("d: Locked %v; e gets a shared one beside it: %v\n", d.Locked(), got(e.TryRLock()))
}
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" 2>messages || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get github.com/gofrs/flock@v0.13.2
go build -o finding .
timeout 60 ./finding >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
