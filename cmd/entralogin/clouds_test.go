//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// TestCloudNames keeps a token for each cloud, and asks for it under each of the cloud's names, from each
// place where one may stand. One that is found under another key, or not found, would cost a sign-in.
func TestCloudNames(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	file := filepath.Join(h.home, ".config", "entralogin", "config.yaml")
	settings := fmt.Sprintf("tenant-id: %s\nclient-id: %s\nprompt: never\n", entratest.TenantContoso, entratest.ClientID)
	for _, cloud := range authority.Clouds() {
		h.keep(t, cloud.Host, entratest.ServerID+"/.default", "for-"+cloud.Environment)
		h.keep(t, cloud.Host, cloud.Graph[0]+"/User.Read", "graph-"+cloud.Environment)
	}
	ask := func(name, want string, env []string, config string, args ...string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(settings+config), 0o600); err != nil {
			t.Fatal(err)
		}
		before := h.env
		h.env = append(h.env, env...)
		r := h.call(append([]string{"entralogin", "get-token"}, args...)...)
		h.env = before
		if !strings.Contains(string(r.out.Bytes()), `"`+want+`"`) || len(r.err.Bytes()) > 0 {
			t.Errorf("%s is not %s: %s%s", name, want, r.out.Bytes(), r.err.Bytes())
		}
	}
	server := []string{"--server-id", entratest.ServerID}
	for _, cloud := range authority.Clouds() {
		want := "for-" + cloud.Environment
		for _, name := range append(cloud.Aliases, cloud.Environment) {
			ask(name, want, nil, "", append(server, "--environment", name)...)
			ask(strings.ToUpper(name), want, nil, "", append(server, "-e", strings.ToUpper(name))...)
			ask(name+" in a variable", want, []string{"ENTRALOGIN_ENVIRONMENT=" + strings.ToLower(name)}, "", server...)
			ask(name+" in the config", want, nil, "environment: "+name+"\n", server...)
		}
		ask(cloud.Host, want, nil, "", append(server, "--authority-host", "https://"+cloud.Host+"/")...)
		ask("the Graph of "+cloud.Host, "graph-"+cloud.Environment, nil, "allow-resources: [\""+cloud.Graph[0]+"\"]\n", "--scope", "User.Read", "--environment", cloud.Aliases[0])
	}
	ask("no name", "for-AzurePublicCloud", nil, "", server...)
}

// keep stores a token that is fresh.
func (h *house) keep(t *testing.T, authority, scope, value string) {
	t.Helper()
	key := cache.Key{SessionID: cache.SessionID{Authority: authority, Client: entratest.ClientID},
		Tenant: entratest.TenantContoso, Scopes: []string{scope}, Kind: cache.Access}
	err := (&cache.Store{Folder: cache.Folder{Dir: h.cache()}}).KeepToken(key, cache.Token{Value: cache.NewSecret(value), Kind: cache.Access,
		Expires: time.Now().Add(time.Hour), Obtained: time.Now(), Account: entratest.Alice})
	if err != nil {
		t.Fatal(err)
	}
}
