package server

import (
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/agent"
)

// keysAt serves keys at the place of the agent below a runtime folder, until stop.
func keysAt(t *testing.T, runtime string, h http.Handler) (stop func()) {
	t.Helper()
	folder := agent.Folder(runtimeIs(runtime), os.Geteuid())
	if err := agent.MakeFolder(folder, os.Geteuid()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, agent.Main)
	l, err := net.Listen("unix", path)
	if err := errors.Join(err, os.Chmod(path, 0o600)); err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return func() { s.Close() }
}

// runtimeIs is an environment with a runtime folder, and other variables in turn.
func runtimeIs(dir string, more ...string) func(string) string {
	return func(name string) string {
		for i := 0; i+1 < len(more); i += 2 {
			if more[i] == name {
				return more[i+1]
			}
		}
		if name == "XDG_RUNTIME_DIR" {
			return dir
		}
		return ""
	}
}

// shortDir is a folder whose path is short enough for a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ela")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// opened is a cache as a process of its own opens it.
func opened(t *testing.T, dir, runtime string) (*cache.Store, *[]string) {
	t.Helper()
	said := &[]string{}
	return &cache.Store{Folder: cache.Folder{Dir: dir, Ours: true, Note: func(s string) { *said = append(*said, s) },
		Vault: agent.Keys{Getenv: runtimeIs(runtime), UID: os.Geteuid()}}}, said
}

// What is stored under a key of the agent is readable in each process while the agent lives, and nobody's after that; the
// next sign-in goes under a new key of the next agent.
func TestStorageAgent(t *testing.T) {
	dir, runtime := t.TempDir(), shortDir(t)
	k := cache.Key{SessionID: cache.SessionID{Authority: "login.example", Client: "c"}, Tenant: "t", Scopes: []string{"s"}, Kind: cache.Access}
	token := cache.Token{Value: cache.NewSecret("a-token-of-mine")}
	keep := func(s *cache.Store) error {
		if err := s.ApplyStorage(t.Context(), cache.Agent); err != nil {
			return err
		}
		return s.KeepToken(k, token)
	}
	lies := func() (found bool) {
		filepath.WalkDir(dir, func(path string, _ os.DirEntry, _ error) error {
			blob, _ := os.ReadFile(path)
			found = found || strings.Contains(string(blob), "a-token-of-mine")
			return nil
		})
		return found
	}
	refused := (*cache.StorageError)(nil)
	s, _ := opened(t, dir, runtime)
	if err := keep(s); !errors.As(err, &refused) || !errors.Is(err, cache.ErrNoAgent) || !strings.Contains(err.Error(), "no agent answers at "+runtime) || lies() {
		t.Fatalf("without an agent: %v", err)
	}
	stop := keysAt(t, runtime, &Keys{})
	for range 2 {
		s, _ := opened(t, dir, runtime)
		if err := keep(s); err != nil {
			t.Fatal(err)
		}
		other, _ := opened(t, dir, runtime)
		if got, err := other.Token(k); err != nil || !got.Value.Equal(token.Value) || lies() {
			t.Errorf("another process gets %v", err)
		}
		stop()
		late, _ := opened(t, dir, runtime)
		if _, err := late.Token(k); !errors.Is(err, cache.ErrNoAgent) || !strings.Contains(err.Error(), "the session ended with the agent") {
			t.Errorf("without the agent: %v", err)
		}
		stop = keysAt(t, runtime, &Keys{})
		later, said := opened(t, dir, runtime)
		if _, err := later.Token(k); !errors.Is(err, cache.ErrKeyGone) || len(*said) != 1 || (*said)[0] != "the session ended with the agent: a new sign-in is needed" {
			t.Errorf("the next agent: %v, %q", err, *said)
		}
	}
	s, _ = opened(t, dir, runtime)
	if err := errors.Join(keep(s), s.ApplyStorage(t.Context(), cache.File)); err != nil || !lies() {
		t.Errorf("back to files: %v", err)
	}
}

// A key that is lost while the agent refuses is not made anew, and the refusal says why.
func TestKeysRefused(t *testing.T) {
	runtime := shortDir(t)
	keys, locked := &Keys{}, false
	keysAt(t, runtime, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if locked {
			refuseKey(w, &agent.Error{Code: agent.Locked, Message: "it is locked\x1b[2J"})
			return
		}
		keys.ServeHTTP(w, r)
	}))
	vault := agent.Keys{Getenv: runtimeIs(runtime), UID: os.Geteuid()}
	id, key := strings.Repeat("a", 32), cache.NewSecret(strings.Repeat("k", agent.KeySize))
	if err := vault.Save(id, key); err != nil {
		t.Fatal(err)
	}
	if got, err := vault.Load(id); err != nil || !got.Equal(key) {
		t.Fatal(err)
	}
	other := cache.NewSecret(strings.Repeat("K", agent.KeySize))
	for name, do := range map[string]func() error{
		"another key of the name": func() error { return vault.Save(id, other) },
		"a short key":             func() error { return vault.Save(strings.Repeat("b", 32), cache.NewSecret("k")) },
		"a long key":              func() error { return vault.Save(strings.Repeat("b", 32), cache.NewSecret(strings.Repeat("k", 33))) },
		"another name":            func() error { return vault.Save("../"+id, key) },
		"no name":                 func() error { return vault.Save("", key) },
		"too many": func() error {
			for n := range mostKeys {
				if err := vault.Save(strings.Repeat("c", 30)+string("0123456789abcdef"[n/16])+string("0123456789abcdef"[n%16]), key); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		refused := (*agent.Error)(nil)
		if err := do(); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	locked = true
	if _, err := vault.Load(id); !errors.Is(err, cache.ErrAgentLocked) || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("locked: %v", err)
	}
	locked = false
	off := agent.Keys{Getenv: runtimeIs(runtime, agent.VariableLC, agent.Off), UID: os.Geteuid()}
	if _, err := off.Load(id); !errors.Is(err, cache.ErrNoAgent) || !strings.Contains(err.Error(), agent.VariableLC) {
		t.Errorf("turned off: %v", err)
	}
	if err := errors.Join(vault.Remove(id), vault.Remove(id)); err != nil {
		t.Error(err)
	}
	vault.Save(id, key)
	keys.Forget()
	if _, err := vault.Load(id); !errors.Is(err, cache.ErrKeyGone) {
		t.Errorf("forgotten: %v", err)
	}
}

// Whoever answers in the agent's place gives no key.
func TestKeysOfStranger(t *testing.T) {
	for name, says := range map[string]http.HandlerFunc{
		"garbage":  func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("x")) },
		"too much": func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, agent.MostBytes*2)) },
		"a page":   func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusBadGateway) },
		"hangs up": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"leads on": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:9/", http.StatusFound)
		},
	} {
		runtime := shortDir(t)
		keysAt(t, runtime, says)
		if key, err := (agent.Keys{Getenv: runtimeIs(runtime), UID: os.Geteuid()}).Load(strings.Repeat("a", 32)); err == nil {
			t.Errorf("%s: a key of %d bytes", name, len(key.Reveal()))
		}
	}
}
