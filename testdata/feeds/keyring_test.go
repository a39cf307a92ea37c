//go:build unix

package feeds

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// password of Carol at git.example, which Python's own keyring has.
const password = "correct horse"

// otherIndex makes an index of packages that is none of Azure's, and asks for a password.
func (w *world) otherIndex() {
	w.devops.HandleHost("git.example", http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		if user, given, _ := req.BasicAuth(); user != "carol" || given != password {
			rw.Header().Set("WWW-Authenticate", `Basic realm="packages"`)
			http.Error(rw, "who are you?", http.StatusUnauthorized)
			return
		}
		w.feeds.ServeHTTP(rw, req)
	}))
}

// realKeyring puts Python's own keyring behind ours.
func (w *world) realKeyring() {
	w.Helper()
	w.Env = append(w.Env, "PATH="+strings.Join([]string{w.Path("bin"), filepath.Dir(keyring), os.Getenv("PATH")}, ":"))
}

// What is none of Azure's goes to the keyring behind ours, as if ours were not there, and comes back as it is. One install
// takes from both.
func TestKeyringPassesOn(t *testing.T) {
	eachPip(t, func(w *world, p pip) {
		w.otherIndex()
		w.realKeyring()
		cmd := w.program(w.Path("bin/keyring"), "set", "git.example", "carol")
		cmd.Stdin = strings.NewReader(password + "\n")
		w.succeed(cmd)
		w.said(w.program(w.Path("bin/keyring"), "get", "git.example", "carol"), password)
		w.Codes(0)

		w.signIn(p)
		w.succeed(w.pip(p, "one", pypi("carol", "git.example/others/_packaging/deps"), pypi("entralogin", deps)))
		w.Codes(1)
		for _, r := range w.devops.Requests() {
			if r.Host == "git.example" && r.Token != "" && r.Token != password || r.Host != "git.example" && r.Token == password {
				w.Errorf("a password went to %s, where it does not belong", r.Host)
			}
		}
		w.succeed(w.program(w.Path("bin/keyring"), "del", "git.example", "carol"))
		for _, args := range [][]string{{"get", "git.example", "carol"}, {"get", "git.example", "nobody"}, {"nonsense"}, {"--help"}} {
			w.same(args...)
		}
		w.checkSecrets()
	})
}

// same checks that a call does the same with ours before Python's own as without.
func (w *world) same(args ...string) {
	w.Helper()
	through, direct := w.Begin(w.program(w.Path("bin/keyring"), args...)), w.Begin(w.program(keyring, args...))
	through.Wait()
	direct.Wait()
	if a, b := through.ProcessState.ExitCode(), direct.ProcessState.ExitCode(); a != b {
		w.Errorf("%q: exit code %d, want %d", args, a, b)
	}
	if through.Out.String() != direct.Out.String() || through.Said.String() != direct.Said.String() {
		w.Errorf("%q: %q %q, want %q %q", args, through.Out.String(), through.Said.String(), direct.Out.String(), direct.Said.String())
	}
}
