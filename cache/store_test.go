package cache

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

var (
	testSession = SessionID{Authority: "login.microsoftonline.com", Client: "11111111-2222-3333-4444-555555555555"}
	testKey     = Key{SessionID: testSession, Tenant: "contoso.example", Scopes: []string{"api://server/.default"}, Kind: Access}
	testStart   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// notes collects what a Store says.
type notes struct {
	mu  sync.Mutex
	all []string
}

func (n *notes) add(s string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, s)
}

func newStore(t *testing.T) (*Store, *notes) {
	t.Helper()
	said := &notes{}
	return &Store{Folder: Folder{Dir: filepath.Join(t.TempDir(), "home", "entralogin"), Note: said.add}}, said
}

// testToken is an hour long from now on.
func testToken(value string) Token {
	now := time.Now()
	return Token{Value: NewSecret(value), Kind: Access, Obtained: now, Expires: now.Add(time.Hour), Account: "alice@contoso.example", Tenant: "t"}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func keepToken(t *testing.T, s *Store, k Key, value string) {
	t.Helper()
	must(t, s.KeepToken(k, testToken(value)))
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	blob, err := os.ReadFile(path)
	must(t, err)
	return string(blob)
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o700))
	must(t, os.WriteFile(path, []byte(content), 0o600))
}

// names lists a folder of the store.
func names(t *testing.T, s *Store, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(s.Dir, folder))
	must(t, err)
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return slices.Clip(all)
}

func (s *Store) tokenPath(k Key) string          { return s.path(tokens, k.Hash()) }
func (s *Store) sessionPath(id SessionID) string { return s.path(sessions, sessionName(id)) }

// jsonOf is what is written of a record that is not sealed.
func jsonOf(v any) (string, error) {
	blob, err := json.Marshal(v)
	return string(blob) + "\n", err
}
