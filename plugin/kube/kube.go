// Package kube is the front end for kubectl and everything else that is built on client-go: a client-go
// credential plugin, as https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
// describes it.
//
// An ExecCredential comes in (ReadInfo) and one of the same version goes out, with a token (Credential). The
// answer is one line of JSON; client-go takes no other byte beside it.
package kube

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/text"
)

// Credential is the answer for a token at the time now: one line, in the version that was asked in.
func (i Info) Credential(t cache.Token, now time.Time) ([]byte, error) {
	return credential(i, t.Value, expiry(t, now))
}

// SignedCredential is the answer where a request was signed with the key that t is bound to.
func (i Info) SignedCredential(t cache.Token, request cache.Signed, now time.Time) ([]byte, error) {
	end := expiry(t, now)
	if request.End.Before(end) {
		end = request.End
	}
	return credential(i, request.Request, end)
}

// Asker says which program wants the token, and for what. What the kubeconfig calls a server is shown without control
// characters, and without a user or a password that may stand in it.
func (i Info) Asker(program string) string {
	if i.Cluster == nil || i.Cluster.Server == "" {
		return program
	}
	server, ok := i.address()
	if !ok {
		return program + ", for a cluster whose address makes no sense"
	}
	return program + ", for the cluster " + server
}

// address is that of the cluster's server, fit to be shown; ok is false for one that can't be read.
func (i Info) address() (address string, ok bool) {
	address = text.URL(i.Cluster.Server, 200)
	return address, address != ""
}

// Server is what is remembered of the cluster; ok is false where nothing is known of it. Its text is fit to be shown.
func (i Info) Server() (server cache.Cluster, ok bool) {
	if i.Cluster == nil || i.Cluster.Server == "" {
		return server, false
	}
	server.Server, ok = i.address()
	if ca := i.Cluster.CertificateAuthorityData; len(ca) > 0 {
		sum := sha256.Sum256([]byte(base64.StdEncoding.EncodeToString(ca))) // over what the kubeconfig has
		server.CA = hex.EncodeToString(sum[:])
	}
	return server, ok
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
	end := t.Reported()
	if soon := now.Add(respite); end.Before(soon) && !t.Fresh(now) {
		end = soon
	}
	if end.After(t.Until()) {
		return t.Until()
	}
	return end
}
