//go:build dbus

package client_test

import (
	"path/filepath"
	"testing"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/broker"
	"github.com/entralogin/entralogin/plugin/client"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A program renews a session that "entralogin login --login broker" left with the broker, and leaves the broker when it
// signs out.
//
//	go test -tags dbus -run Broker ./plugin/client
func TestBrokerSession(t *testing.T) {
	address, err := entratest.StartBus(t.Context(), t.TempDir(), nil)
	if err != nil {
		t.Fatal("dbus-daemon is needed: ", err)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	dir := filepath.Join(t.TempDir(), "cache")
	sim, c, prompts := newClient(t, func(o *client.Options) { o.CacheDir = dir })
	b, err := sim.ServeBroker(address, entratest.Alice)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if _, err := c.Token(t.Context(), client.Request{IDToken: true}); err != nil { // a session, whose holder is changed below
		t.Fatal(err)
	}
	st, id := &cache.Store{Folder: cache.Folder{Dir: dir}}, cache.SessionID{Authority: sim.Host, Client: entratest.ClientID}
	session, err := st.Session(id)
	if err == nil {
		err = st.KeepSession(id, session.NoteHolder(entratest.HomeAccountID(entratest.Alice), broker.Name))
	}
	if err != nil {
		t.Fatal(err)
	}
	token, err := c.Token(t.Context(), client.Request{Scopes: []string{entratest.ServerID + "/.default"}})
	if err != nil || token.Account != entratest.Alice || sim.Requests("token") != 1 || prompts.Load() != 1 {
		t.Errorf("%v, after %d prompts and %d requests for tokens", err, prompts.Load(), sim.Requests("token"))
	}
	if err := c.Logout(t.Context(), ""); err != nil {
		t.Error(err)
	}
	if calls := b.Calls(); len(calls) == 0 || calls[len(calls)-1].Method != "removeAccount" {
		t.Errorf("called %+v", calls)
	}
}
