#!/usr/bin/env bash
# golang.org/x/sys/unix: each thread has a "process keyring" of its own
#
# Versions: golang.org/x/sys v0.50.0 (Go module), on Linux (seen on 6.18).
# Needs:    Go, a kernel that gives out keys (most containers' do not). No root.
#
# One would guess from the name, and from keyrings(7), that a key in the process keyring is there for the whole
# process, and that KeyctlJoinSessionKeyring moves the process into a new session. Both are part of a thread's
# credentials. The process keyring is made at the first use, for the thread that used it; a thread that is there
# already makes another one. Joining a session moves one thread. Go moves goroutines among threads, so a key that
# was stored a line above is gone, or can't be read, depending on the scheduler. Go has to keep its keys in the
# user keyring, or lock one goroutine to one thread for all that it does with keys.
#
# Output, which is compared:
#   | process keyring, same thread: found
#   | process keyring, another thread: required key not available
#   | joined session, same thread: found
#   | joined session, another thread: required key not available
#   | user keyring, another thread: found
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >main.go <<'END'
package main

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

var name = fmt.Sprintf("finding:%d", os.Getpid())

// report looks for the key in a keyring.
func report(what string, keyring int) {
	said := "found"
	if _, err := unix.KeyctlSearch(keyring, "user", name, 0); err != nil {
		said = err.Error()
	}
	fmt.Printf("%s: %s\n", what, said)
}

func add(keyring int) int {
	key, err := unix.AddKey("user", name, []byte("value"), keyring)
	if err != nil {
		panic(err)
	}
	return key
}

// elsewhere waits on its own thread, which is there from the start, for what to do.
func elsewhere(work <-chan func(), done chan<- bool) {
	runtime.LockOSThread()
	done <- true
	for f := range work {
		f()
		done <- true
	}
}

func main() {
	runtime.LockOSThread()
	work, done := make(chan func()), make(chan bool)
	go elsewhere(work, done)
	<-done
	there := func(f func()) { work <- f; <-done }

	add(unix.KEY_SPEC_PROCESS_KEYRING)
	report("process keyring, same thread", unix.KEY_SPEC_PROCESS_KEYRING)
	there(func() { report("process keyring, another thread", unix.KEY_SPEC_PROCESS_KEYRING) })

	if _, err := unix.KeyctlJoinSessionKeyring(name); err != nil {
		panic(err)
	}
	add(unix.KEY_SPEC_SESSION_KEYRING)
	report("joined session, same thread", unix.KEY_SPEC_SESSION_KEYRING)
	there(func() { report("joined session, another thread", unix.KEY_SPEC_SESSION_KEYRING) })

	key := add(unix.KEY_SPEC_USER_KEYRING)
	there(func() { report("user keyring, another thread", unix.KEY_SPEC_USER_KEYRING) })
	if _, err := unix.KeyctlInt(unix.KEYCTL_UNLINK, key, unix.KEY_SPEC_USER_KEYRING, 0, 0); err != nil {
		panic(err)
	}
}
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" 2>messages || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get golang.org/x/sys@v0.50.0
go build -o finding .
timeout 60 ./finding >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
