//go:build linux

package registry

import (
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/git/home"
)

// A client is a program that runs credential helpers. HOST stands in its commands for the registry.
type client struct {
	name   string
	make   []string // what it pushes, where image.tar won't do; nil for nothing
	push   []string // nil where it can't without a daemon
	pull   []string
	clean  []string // after which it has nothing of what it pushed; nil where it keeps nothing
	logout []string
}

// clients are all that there are. Each pushes to a repository of its own. Docker's own command does so through a daemon,
// and Helm's logout looks into Helm's own file alone.
func clients() []client {
	of := func(line string) []string { return strings.Fields(line) }
	return []client{
		{name: "crane", push: of("crane push image.tar HOST/crane:1"), pull: of("crane pull HOST/crane:1 pulled.tar"), logout: of("crane auth logout HOST")},
		{name: "oras", push: of("oras push HOST/oras:1 ca.pem"), pull: of("oras pull HOST/oras:1 -o pulled"), logout: of("oras logout HOST")},
		{name: "helm", make: of("helm create chart"), push: of("helm push chart-0.1.0.tgz oci://HOST/charts"), pull: of("helm pull oci://HOST/charts/chart --version 0.1.0"), logout: of("docker logout HOST")},
		{name: "skopeo", push: of("skopeo copy docker-archive:image.tar docker://HOST/skopeo:1"), pull: of("skopeo copy docker://HOST/skopeo:1 dir:pulled"), logout: of("skopeo logout HOST")},
		{name: "buildah", make: of("buildah pull docker-archive:image.tar"), push: of("buildah push localhost/made:1 docker://HOST/buildah:1"), clean: of("buildah rmi --all --force"), pull: of("buildah pull --policy always HOST/buildah:1"), logout: of("buildah logout HOST")},
		{name: "podman", make: of("podman load -i image.tar"), push: of("podman push localhost/made:1 HOST/podman:1"), clean: of("podman rmi --all --force"), pull: of("podman pull HOST/podman:1"), logout: of("podman logout HOST")},
		{name: "docker", push: of("crane push image.tar HOST/docker:1"), pull: of("docker manifest inspect HOST/docker:1"), logout: of("docker logout HOST")},
	}
}

// eachClient runs a test with every client, in a world of its own, where Alice is at hand.
func eachClient(t *testing.T, test func(*world, client)) {
	t.Parallel()
	for _, c := range clients() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.image("image.tar")
			w.Sim.AutoApprove(entratest.Alice, 0)
			if c.make != nil {
				w.succeed(c.make...)
			}
			if c.name == "helm" {
				w.succeed("helm", "package", "chart")
			}
			test(w, c)
		})
	}
}

// on puts a host into a command.
func on(host string, command []string) []string {
	var out []string
	for _, word := range command {
		out = append(out, strings.ReplaceAll(word, "HOST", host))
	}
	return out
}

// fetched reports whether a registry gave something that lies below a folder of its repositories: "manifests" or "blobs".
func (w *world) fetched(host, folder string) bool {
	for _, r := range w.Sim.RequestLog() {
		if r.Host == host && r.Method == "GET" && r.Status == 200 && strings.Contains(r.Path, "/"+folder+"/") {
			return true
		}
	}
	return false
}

// One sign-in and one exchange serve a push, a pull and whatever comes later.
func TestPushPull(t *testing.T) {
	eachClient(t, func(w *world, c client) {
		_, stderr := w.succeed(on(host, c.push)...)
		if n := home.Prompts(stderr); n != 1 {
			w.Errorf("%d prompts:\n%s", n, stderr)
		}
		w.counts(1, 1)
		w.Sim.ResetRequests()
		if c.clean != nil {
			w.succeed(c.clean...)
		}
		w.succeed(on(host, c.pull)...)
		w.counts(0, 0)
		if w.Sim.Requests("token") != 0 || !w.fetched(host, "manifests") || c.name != "docker" && !w.fetched(host, "blobs") {
			w.Errorf("a token of Entra was asked for, or nothing was fetched:\n%s", w.requests())
		}
		if n := w.Runs("get"); n < 2 {
			w.Errorf("the helper was run %d times", n)
		}
		if strangers := w.Sim.Strangers(); len(strangers) > 0 {
			w.Errorf("somebody asked for %q", strangers)
		}
	})
}

// After a logout there is no token of the registry, and the next call gets another one. Nobody has to sign in for it.
func TestLogout(t *testing.T) {
	eachClient(t, func(w *world, c client) {
		w.succeed(on(host, c.push)...)
		w.succeed(on(host, c.pull)...)
		w.succeed(on(host, c.logout)...)
		if w.Runs("erase") == 0 {
			w.Error("the helper was not run")
		}
		w.counts(1, 1)
		w.succeed(on(host, c.pull)...)
		w.counts(1, 2)
	})
}

// A registry that ends its tokens before their time: what it says is shown, and a logout is the way out. No client erases
// what was refused by itself.
func TestRevoked(t *testing.T) {
	eachClient(t, func(w *world, c client) {
		w.succeed(on(host, c.push)...)
		w.Sim.RevokeRegistry(host)
		w.fail(on(host, c.pull)...)
		if n := w.Runs("erase"); n > 0 {
			w.Errorf("%d erasures", n)
		}
		w.succeed(on(host, c.logout)...)
		w.succeed(on(host, c.pull)...)
		w.counts(1, 2)
	})
}

// Where nobody is there to sign in, each client shows which command a person has to run.
func TestNobodyThere(t *testing.T) {
	eachClient(t, func(w *world, c client) {
		w.Env = append(w.Env, "CI=true")
		said := w.fail(on(host, c.push)...)
		for _, part := range []string{"entralogin: ", "entralogin login"} {
			if !strings.Contains(said, part) {
				w.Errorf("%q is missing in:\n%s", part, said)
			}
		}
		w.counts(0, 0)
	})
}
