package cache

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

var testWay = WayID{SessionID: testSession, Tenant: "contoso.example", Method: "devicecode"}

// A refused way is known for as long as it is believed, for its tenant, client and method alone, however the caller
// writes their names.
func TestRefusedWay(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := &Store{Folder: Folder{Dir: filepath.Join(t.TempDir(), "cache"), Now: func() time.Time { return now }}}
	known := func(when string, id WayID, want bool) {
		t.Helper()
		if got, ok := s.RefusedWay(id); ok != want || want && got.Why != "AADSTS53003" {
			t.Errorf("%s: %v, %+v", when, ok, got)
		}
	}
	known("before", testWay, false)
	must(t, s.KeepRefusedWay(testWay, RefusedWay{Why: "AADSTS53003", When: now, Until: now.Add(24 * time.Hour)}))
	known("after", testWay, true)
	capitals := testWay
	capitals.Tenant = "CONTOSO.example"
	known("in capitals", capitals, true)
	for _, change := range []func(*WayID){
		func(id *WayID) { id.Tenant = "fabrikam.example" }, func(id *WayID) { id.Method = "browser" },
		func(id *WayID) { id.Client = "another" }, func(id *WayID) { id.Authority = "login.other.example" },
	} {
		id := testWay
		change(&id)
		known("another", id, false)
	}
	now = now.Add(-time.Minute) // the clock was turned back: it is of the future
	known("from the future", testWay, false)
	now = now.Add(24 * time.Hour)
	known("before its end", testWay, true)
	now = now.Add(time.Minute)
	known("at its end", testWay, false)
	now = now.Add(-time.Hour)
	must(t, s.ForgetRefusedWay(testWay))
	known("forgotten", testWay, false)
	must(t, s.ForgetRefusedWay(testWay))
	must(t, s.KeepRefusedWay(testWay, RefusedWay{Why: "AADSTS53003", When: now, Until: now.Add(time.Hour)}))
	must(t, os.WriteFile(s.path(ways, testWay.name()), []byte("{"), 0o600))
	known("damaged", testWay, false)
	must(t, s.KeepRefusedWay(testWay, RefusedWay{Why: "AADSTS53003", When: now, Until: now.Add(time.Hour)}))
	known("after damage", testWay, true)
}

// With a whole session goes what tenants refused there, and with one account of several nothing of it.
func TestForgetWays(t *testing.T) {
	s, other := signedIn(t)
	now := time.Now()
	elsewhere := testWay
	elsewhere.SessionID = other
	for _, id := range []WayID{testWay, elsewhere} {
		must(t, s.KeepRefusedWay(id, RefusedWay{Why: "AADSTS53003", When: now, Until: now.Add(time.Hour)}))
	}
	for _, c := range []struct {
		account      string
		here, beside bool
	}{{"alice@contoso.example", true, true}, {"", false, true}} {
		if _, err := s.Forget(t.Context(), testSession, c.account); err != nil {
			t.Fatal(err)
		}
		_, here := s.RefusedWay(testWay)
		_, beside := s.RefusedWay(elsewhere)
		if here != c.here || beside != c.beside {
			t.Errorf("after %q: %v, %v", c.account, here, beside)
		}
	}
}
