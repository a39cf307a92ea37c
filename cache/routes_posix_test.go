//go:build linux || darwin

package cache

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache/route"
)

// both reads a token in both ways: as a call does that is answered early, and as all others do. The early one never has a
// token that the other has not, and has it wherever there is a plain and private file with a fresh one. It comes first:
// the other one mends modes.
func both(t testing.TB, s *Store, k Key) (Token, error) {
	t.Helper()
	early, answered, asked := earlyToken(t, s, k)
	private := isPrivate(s.path(tokens, k.Hash()))
	got, err := s.Token(k)
	fresh := err == nil && got.Fresh(s.now())
	switch {
	case answered && (!fresh || early != got.Value.Reveal()):
		t.Errorf("early the token is %q, and it is %q, %v", early, got.Value.Reveal(), err)
	case asked && !answered && fresh && private && visible(got.Value.Reveal()):
		t.Errorf("the token is not found early")
	}
	return got, err
}

// earlyToken is what a call gets early whose question came to a token, as whoever stored the token would have settled it.
// asked is false where no route can be put into the cache folder. None is left there.
func earlyToken(t testing.TB, s *Store, k Key) (value string, answered, asked bool) {
	t.Helper()
	r := route.Route{Token: k.Hash(), Answer: []route.Piece{{Slot: route.Token}}, Until: s.now().Add(time.Hour)}
	var held tokenFile
	if s.decode(tokens, k.Hash(), &held) != nil {
		held = newTokenFile(k, testToken("x"))
	}
	model, err := jsonOf(newTokenFile(k, held.token()))
	if err != nil {
		t.Fatal(err)
	}
	r.Before, r.Between, _, _ = route.Split(model)
	q := route.Question{Program: "/p", Args: []string{"entralogin"}, Lookup: func(name string) (string, bool) {
		return map[string]string{"ENTRALOGIN_CACHE_DIR": s.Dir}[name], name == "ENTRALOGIN_CACHE_DIR"
	}}
	r.Question = q.Text()
	path, ok := q.Place()
	if !ok || os.Mkdir(filepath.Dir(path), 0o700) != nil {
		return "", false, false
	}
	defer os.RemoveAll(filepath.Dir(path))
	if err := os.WriteFile(path, r.Encode(), 0o600); err != nil {
		return "", false, false
	}
	answer, answered := route.Answer(q, s.now())
	return string(answer), answered, true
}

// isPrivate reports whether a file is one that is read early, and is not sealed.
func isPrivate(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 || info.Mode().Perm()&0o400 == 0 || links(info) != 1 || !ours(info) {
		return false
	}
	content, err := os.ReadFile(path)
	return err == nil && !strings.HasPrefix(string(content), sealedMark)
}

func visible(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"\<>&`, r) })
}

// A route is kept of a question that came to a stored token, with all that was read on the way; and of no other.
func TestKeepRoute(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*testing.T, *Store, *Settled)
		kept   bool
	}{
		"as it should be": {func(*testing.T, *Store, *Settled) {}, true},
		"nobody traces":   {func(_ *testing.T, s *Store, _ *Settled) { s.Trace = nil }, false},
		"spoilt":          {func(_ *testing.T, s *Store, _ *Settled) { s.Trace.Spoil() }, false},
		"no question":     {func(_ *testing.T, _ *Store, a *Settled) { a.Question = route.Question{} }, false},
		"another folder":  {func(t *testing.T, s *Store, _ *Settled) { s.Dir = t.TempDir() }, false},
		"another token":   {func(_ *testing.T, _ *Store, a *Settled) { a.Key.Tenant = "fabrikam.example" }, false},
		"an older form": {func(t *testing.T, s *Store, a *Settled) {
			path := s.path(tokens, a.Key.Hash())
			writeFile(t, path, strings.Replace(readFile(t, path), `{"version":1,`, `{"version":1,"expires":"",`, 1))
		}, false},
		"another token by now": {func(t *testing.T, s *Store, a *Settled) {
			keepToken(t, &Store{Folder: Folder{Dir: s.Dir}}, a.Key, "b-token")
		}, false},
		"no token in it":     {func(_ *testing.T, _ *Store, a *Settled) { a.Answer = []byte("nothing\n") }, false},
		"the token twice":    {func(_ *testing.T, _ *Store, a *Settled) { a.Answer = append(a.Answer, a.Answer...) }, false},
		"no end in it":       {func(_ *testing.T, _ *Store, a *Settled) { a.Slots = append(a.Slots, route.UntilUnix) }, false},
		"sealed from now on": {func(t *testing.T, s *Store, _ *Settled) { must(t, s.keepPin(pin{Storage: Keyctl, Key: "k"})) }, false},
		"damaged pin":        {func(t *testing.T, s *Store, _ *Settled) { writeFile(t, s.path("", pinName), "{") }, false},
		"no room":            {func(t *testing.T, s *Store, _ *Settled) { writeFile(t, s.path("", route.Folder), "") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := newStore(t)
			keepToken(t, s, testKey, "a-token")
			s.Trace = route.NewTrace(os.LookupEnv)
			token, err := s.Token(testKey)
			must(t, err)
			dir, program := s.Dir, filepath.Join(t.TempDir(), "program")
			a := Settled{Key: testKey, Token: token, Answer: []byte("<a-token>\n"), Slots: []route.Slot{route.Token},
				Question: route.Question{Program: program, Args: []string{"entralogin", "get-token"}, Lookup: func(name string) (string, bool) {
					if name == "ENTRALOGIN_CACHE_DIR" {
						return dir, true
					}
					return os.LookupEnv(name)
				}}}
			q := a.Question
			test.change(t, s, &a)
			s.KeepRoute(a)
			answer, ok := route.Answer(q, time.Now())
			if ok != test.kept || ok && string(answer) != "<a-token>\n" {
				t.Errorf("%q, %v", answer, ok)
			}
			if !test.kept {
				return
			}
			for _, path := range []string{program, s.path("", pinName)} { // another version, another storage
				writeFile(t, path, "x")
				if _, ok := route.Answer(q, time.Now()); ok {
					t.Errorf("%s makes no difference", path)
				}
				must(t, os.Remove(path))
			}
		})
	}
}

// Routes go with the accounts that they name, and with everything.
func TestRoutesGo(t *testing.T) {
	for name, forget := range map[string]func(*Store) error{
		"an account": func(s *Store) error {
			_, err := s.Forget(t.Context(), testSession, "alice@contoso.example")
			return err
		},
		"a session": func(s *Store) error { _, err := s.Forget(t.Context(), testSession, ""); return err },
		"all":       func(s *Store) error { return s.Clear(t.Context()) },
	} {
		s, _ := newStore(t)
		must(t, s.KeepSession(testSession, session(t, "alice")))
		must(t, s.write(route.Folder, "0123456789abcdef", []byte("x")))
		writeFile(t, s.path(route.Folder, "a-stranger's"), "x")
		must(t, forget(s))
		if got := names(t, s, route.Folder); len(got) != 1 || got[0] != "a-stranger's" {
			t.Errorf("%s: left are %q", name, got)
		}
	}
}

// Whoever asks new questions all the time leaves no more than some thousand routes.
func TestMostRoutes(t *testing.T) {
	s, _ := newStore(t)
	must(t, s.write(route.Folder, "0123456789abcdef", []byte("x")))
	for n := range mostRoutes - 2 {
		writeFile(t, s.path(route.Folder, nthName(n)), "x")
	}
	must(t, s.makeRoom())
	if got := len(names(t, s, route.Folder)); got != mostRoutes-1 {
		t.Errorf("%d are left, though there is room", got)
	}
	writeFile(t, s.path(route.Folder, nthName(mostRoutes)), "x")
	must(t, s.makeRoom())
	if got := names(t, s, route.Folder); len(got) != 0 {
		t.Errorf("%d are left", len(got))
	}
}

func nthName(n int) string {
	name := []byte("0000000000000000")
	for i := len(name) - 1; n > 0; i, n = i-1, n/10 {
		name[i] = byte('0' + n%10)
	}
	return string(name)
}

// A pipe in the place of a route or of its folder is waited for by nobody.
func TestRoutePipe(t *testing.T) {
	s, _ := newStore(t)
	must(t, os.MkdirAll(s.Dir, 0o700))
	must(t, syscall.Mkfifo(s.path("", route.Folder), 0o600))
	if err := s.makeRoom(); err == nil {
		t.Error("a pipe is a folder")
	}
}

// A token that the agent gave makes a route where the agent has the key of the storage, and nowhere else; the route has
// nothing of the token.
func TestKeepRouteOfAgent(t *testing.T) {
	agentPin := pin{Storage: Agent, Key: "k"}
	for name, test := range map[string]struct {
		change func(*testing.T, *Store, *Settled)
		kept   bool
	}{
		"as it should be": {func(*testing.T, *Store, *Settled) {}, true},
		"spoilt":          {func(_ *testing.T, s *Store, _ *Settled) { s.Trace.Spoil() }, false},
		"another token":   {func(_ *testing.T, _ *Store, a *Settled) { a.Token.Value = NewSecret("b-token") }, false},
		"no line":         {func(_ *testing.T, _ *Store, a *Settled) { a.Line = Secret{} }, false},
		"plain files":     {func(t *testing.T, s *Store, _ *Settled) { must(t, s.keepPin(pin{Storage: File})) }, false},
		"no pin":          {func(t *testing.T, s *Store, _ *Settled) { must(t, os.Remove(s.path("", pinName))) }, false},
		"the kernel's":    {func(t *testing.T, s *Store, _ *Settled) { must(t, s.keepPin(pin{Storage: Keyctl, Key: "k"})) }, false},
		"a stored token":  {func(_ *testing.T, _ *Store, a *Settled) { a.Given = Given{} }, false},
		"not to be kept":  {func(_ *testing.T, s *Store, _ *Settled) { s.unpinned = &agentPin }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := newStore(t)
			must(t, s.keepPin(agentPin))
			s.Trace = route.NewTrace(os.LookupEnv)
			token := Token{Value: NewSecret("a-token"), Obtained: time.Now(), Expires: time.Now().Add(time.Hour)}
			line, err := EncodeToken(testKey, token)
			must(t, err)
			dir, err := os.MkdirTemp("", "ela") // short enough for a socket
			must(t, err)
			defer os.RemoveAll(dir)
			t.Setenv("XDG_RUNTIME_DIR", dir)
			socket := filepath.Join(dir, "entralogin", "agent.sock")
			must(t, os.Mkdir(filepath.Dir(socket), 0o700))
			l, err := net.Listen("unix", socket)
			must(t, err)
			defer l.Close()
			must(t, os.Chmod(socket, 0o600))
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					c.Read(make([]byte, 1000))
					io.WriteString(c, "HTTP/1.0 200 OK\r\n\r\n"+line.Reveal())
					c.Close()
				}
			}()
			a := Settled{Key: testKey, Token: token, Answer: []byte("<a-token>\n"), Slots: []route.Slot{route.Token}, Ahead: true,
				Given: Given{socket, "{}", line},
				Question: route.Question{Program: filepath.Join(dir, "program"), Args: []string{"entralogin", "get-token"}, Lookup: func(name string) (string, bool) {
					if name == "ENTRALOGIN_CACHE_DIR" {
						return s.Dir, true
					}
					return os.LookupEnv(name)
				}}}
			_, err = s.pinned() // as each call with this storage does
			must(t, err)
			test.change(t, s, &a)
			s.KeepRoute(a)
			answer, ok := route.Answer(a.Question, time.Now())
			if ok != test.kept || ok && string(answer) != "<a-token>\n" {
				t.Errorf("%q, %v", answer, ok)
			}
			if n := lies(t, s.Dir, "a-token"); n != 0 {
				t.Errorf("the token is in %d files", n)
			}
			must(t, s.keepPin(pin{Storage: File}))
			if _, ok := route.Answer(a.Question, time.Now()); ok {
				t.Error("another storage makes no difference")
			}
		})
	}
}
