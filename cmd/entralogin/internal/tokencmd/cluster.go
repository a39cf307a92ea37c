package tokencmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube"
	"github.com/entralogin/entralogin/plugin/text"
)

// clusterCall is a call for a cluster. A token is good at any server that takes its audience, and so whoever has the
// person use their kubeconfig could ask for the token of another cluster; or, where requests are signed, for one that is
// good at another cluster.
type clusterCall struct {
	f     *cli.Factory
	store *cache.Store
	r     plugin.Request
	info  kube.Info
	proof string // the cluster that requests are signed for; "" where the token is handed out
}

// server is the one that asks; ok is false where nothing is known of it.
func (c clusterCall) server() (server cache.Cluster, ok bool) {
	server, ok = c.info.Server()
	server.Proof = strings.ToLower(c.proof) // as the cluster's guard compares it
	return server, ok
}

// known reports whether it is known who asked for the token first. Another server is named on standard error, once.
func (c clusterCall) known() bool {
	server, ok := c.server()
	if !ok {
		return true // there is nothing to remember
	}
	all := c.store.Clusters(c.r.SessionID, c.r.Resource())
	if len(all) == 0 {
		return false
	}
	if slices.ContainsFunc(all, func(known cache.Cluster) bool {
		return known.Server == server.Server && known.CA == server.CA && (server.Proof == "" || known.Proof == server.Proof)
	}) {
		return true
	}
	// A request that was signed for one cluster is good at no other.
	rivals := slices.DeleteFunc(slices.Clone(all), func(known cache.Cluster) bool { return server.Proof != "" && known.Proof != server.Proof })
	if len(rivals) == 0 {
		c.store.KeepClusters(c.r.SessionID, c.r.Resource(), append(all, server))
		return true
	}
	what := "the cluster " + server.Server
	if slices.ContainsFunc(rivals, func(known cache.Cluster) bool { return known.Server == server.Server }) {
		what += ", now with another certificate authority,"
	}
	c.f.Err.Say("%s asks for the same token as the cluster %s (resource %s, client %s), and could use it there. "+
		"If you don't know it, take it out of your kubeconfig. This is said once.",
		what, text.Short(rivals[0].Server, 200), text.Short(c.resource(), 200), text.Short(c.r.Client, 60))
	c.store.KeepClusters(c.r.SessionID, c.r.Resource(), append(all, server))
	return true
}

// remember takes down the server as the first one, unless another one is there by now.
func (c clusterCall) remember() {
	if server, ok := c.server(); ok && !c.known() {
		c.store.KeepClusters(c.r.SessionID, c.r.Resource(), []cache.Cluster{server})
	}
}

// sayShared says, once for each, that a folder of kubelogin's keeps nothing apart: people have two accounts by giving two
// entries two of them.
func (c clusterCall) sayShared(folder string) {
	if folder = text.Short(folder, 200); folder == "" || c.r.Account != "" || !c.r.Person() || c.store.Said(c.r.SessionID, c.r.Resource(), "--token-cache-dir "+folder) {
		return
	}
	c.f.Err.Say("--token-cache-dir %s keeps nothing apart here: all entries share one cache. Where two of them are for two accounts, "+
		"give each its own --account NAME. This is said once.", folder)
}

// sayShown says of a flag that its value is a secret. "" is none.
func (c clusterCall) sayShown(flag string) {
	if flag != "" {
		c.f.Err.Warn(fmt.Sprintf("--%s stands on the command line, which process lists show to everybody on this machine: set %s in its place", flag, config.Variable(flag)))
	}
}

func (c clusterCall) resource() string {
	if c.r.Kind == cache.ID {
		return "the client itself"
	}
	return c.r.Resource()
}
