//go:build linux

package registry

import (
	"os"
	"slices"
	"testing"
)

// remove removes what the world has written for the clients.
func (w *world) remove(names ...string) {
	w.Helper()
	for _, name := range names {
		if err := os.RemoveAll(w.Path(name)); err != nil {
			w.Fatal(err)
		}
	}
}

// `entralogin docker setup` is all that a client takes, and unset takes it back.
func TestSetup(t *testing.T) {
	eachClient(t, func(w *world, c client) {
		w.remove(".docker", "run/containers")
		w.succeed("entralogin", "docker", "setup", host)
		w.succeed(on(host, c.push)...)
		w.succeed(on(host, c.pull)...)
		w.counts(1, 1)
		w.succeed("entralogin", "docker", "unset")
		before := w.Runs("get")
		w.fail(on(host, c.pull)...)
		if w.Runs("get") != before {
			w.Error("the helper was run")
		}
	})
}

// Podman has a file of its own, and so have its like.
func TestSetupPodman(t *testing.T) {
	eachClient(t, func(w *world, c client) {
		if !slices.Contains(debian(), c.name) {
			return
		}
		w.remove(".docker", "run/containers")
		w.succeed("entralogin", "docker", "setup", "--podman", host)
		w.succeed(on(host, c.push)...)
		w.succeed(on(host, c.pull)...)
		w.counts(1, 1)
		if _, err := os.Stat(w.Path(".docker")); err == nil {
			w.Error("docker's file was written")
		}
		w.succeed("entralogin", "docker", "unset", "--podman")
		w.fail(on(host, c.pull)...)
	})
}
