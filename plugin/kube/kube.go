// Package kube is the front end for kubectl and everything else that is built on client-go: a client-go
// credential plugin, as https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
// describes it.
//
// An ExecCredential comes in (ReadInfo) and one of the same version goes out, with a token (Plugin). The
// answer is one line of JSON; client-go takes no other byte beside it.
package kube

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/text"
)

// Plugin is a plugin.FrontEnd that answers an ExecCredential.
type Plugin struct {
	Info Info // from ReadInfo, or Default

	// Resolve settles the request. cluster is what Info.Settings returns: it ranks below flags and the
	// environment, above the config file.
	Resolve func(cluster map[string]string) (plugin.Request, error)

	// stubbable for testing
	Now func() time.Time // nil means time.Now
}

// Request settles the request and says in it that kubectl asks. Errors are *InputError and those of
// Resolve.
func (p *Plugin) Request() (plugin.Request, error) {
	cluster, err := p.Info.Settings()
	if err != nil {
		return plugin.Request{}, err
	}
	r, err := p.Resolve(cluster)
	if err != nil {
		return plugin.Request{}, err
	}
	r.Asker = p.asker()
	return r, nil
}

// Reply writes an ExecCredential with the token t to w, as one line.
func (p *Plugin) Reply(_ context.Context, w io.Writer, t cache.Token) error {
	now := time.Now
	if p.Now != nil {
		now = p.Now
	}
	line, err := credential(p.Info, t.Value, expiry(t, now()))
	if err != nil {
		return err
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("writing the ExecCredential: %w", err)
	}
	return nil
}

// asker says who wants the token. What the kubeconfig calls a server is shown without control
// characters, and without a password that may stand in it.
func (p *Plugin) asker() string {
	if p.Info.Cluster == nil || p.Info.Cluster.Server == "" {
		return "kubectl"
	}
	server := text.Clean(p.Info.Cluster.Server)
	u, err := url.Parse(server)
	switch {
	case err != nil && strings.Contains(server, "@"):
		return "kubectl, for a cluster whose address makes no sense"
	case err == nil && u.User != nil:
		u.User = nil
		server = u.String()
	}
	return "kubectl, for the cluster " + text.Short(server, 200)
}

// respite is how long client-go uses a token that should be renewed and can't be, before it asks again.
const respite = 10 * time.Second

// expiry is the end of t that client-go is told: a minute before t has to be renewed, or half of its
// margin before, if that is less. client-go uses a token up to that very moment, and by then t counts as
// stale here, so that the next call brings a new one.
//
// A token that is stale already is handed out where the service is down. With an end in the past client-go
// would run the plugin for each of its requests.
func expiry(t cache.Token, now time.Time) time.Time {
	end := t.Until().Add(-min(time.Minute, t.Margin()/2))
	if soon := now.Add(respite); end.Before(soon) && !t.Fresh(now) {
		end = soon
	}
	if end.After(t.Until()) {
		return t.Until()
	}
	return end
}
