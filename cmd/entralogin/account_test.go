package main

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

type cloudKey struct{}

// cmdCloud starts a second simulator, as another cloud: "cloud" sets URL2, HOST2 and CA_FILE2; "cloud USER"
// says who approves there.
func cmdCloud(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) == 1 {
		ts.Value(cloudKey{}).(*clouds).second.AutoApprove(args[0], 0)
		return
	}
	second := entratest.NewServer()
	ts.Defer(second.Close)
	ts.Value(cloudKey{}).(*clouds).second = second
	ca := filepath.Join(filepath.Dir(ts.Getenv("CA_FILE")), "ca2.pem")
	ts.Check(os.WriteFile(ca, second.CertPEM(), 0o600))
	for name, value := range map[string]string{"URL2": second.URL, "HOST2": second.Host, "CA_FILE2": ca} {
		ts.Setenv(name, value)
	}
}

// clouds is where a script keeps its second simulator.
type clouds struct{ second *entratest.Server }

var jwt = regexp.MustCompile(`ey[\w-]+\.ey[\w-]+\.[\w-]+`)

// cmdWhose checks for whom the token on standard output is, and of which cloud and tenant:
// "whose USER [TENANT [URL]]".
func cmdWhose(ts *testscript.TestScript, _ bool, args []string) {
	read, err := claims.Read(cache.NewSecret(jwt.FindString(ts.ReadFile("stdout"))))
	ts.Check(err)
	got := []string{read.User, read.Tenant, strings.TrimSuffix(read.Issuer, "/"+read.Tenant+"/v2.0")}
	for i, want := range args {
		if got[i] != want {
			ts.Fatalf("the token is for %v, not %v", got, args)
		}
	}
}

// cmdNothing searches the whole home for each secret that was issued to a user, whole or in part, plain or
// encoded: "nothingof USER", "! nothingof USER".
func cmdNothing(ts *testscript.TestScript, neg bool, args []string) {
	home, err := belowHome(ts.Getenv("HOME"))
	ts.Check(err)
	sims := []*entratest.Server{simOf(ts)}
	if second := ts.Value(cloudKey{}).(*clouds).second; second != nil {
		sims = append(sims, second)
	}
	searched, found := 0, ""
	for _, sim := range sims {
		searched += len(sim.SecretsOf(args[0]))
		found = cmp.Or(found, home.holdsSecretOf(sim, args[0]))
	}
	switch {
	case searched == 0:
		ts.Fatalf("no secret was ever issued to %s", args[0])
	case neg == (found == ""):
		ts.Fatalf("of %d secrets of %s is found: %q", searched, args[0], found)
	}
}

// belowHome is every file below a folder, with its path.
func belowHome(dir string) (*haystack, error) {
	home := new(haystack)
	return home, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		blob, err := os.ReadFile(path)
		home.add(path, append([]byte(path), blob...))
		return err
	})
}

// holdsSecretOf returns where a secret of a user stands, or "". Of a token its signature is looked for: header
// and claims look like those of others.
func (h *haystack) holdsSecretOf(sim *entratest.Server, user string) string {
	for _, secret := range sim.SecretsOf(user) {
		if where := h.holds(secret[strings.LastIndexByte(secret, '.')+1:]); where != "" {
			return where
		}
	}
	return ""
}
