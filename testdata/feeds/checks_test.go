//go:build unix

package feeds

import (
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/feeds/artifacts"
)

// checkHosts checks that no token went to the store of blobs, and that nobody asked for other hosts.
func (w *world) checkHosts() {
	for _, r := range w.devops.Requests() {
		if r.Host == artifacts.Blobs && r.Scheme != "" {
			w.Errorf("a token went to %s", r.Host)
		}
	}
	if strangers := w.devops.Strangers(); len(strangers) > 0 {
		w.Errorf("somebody asked for %q", strangers)
	}
}

// checkSecrets looks for secrets in the home, but for files that are named.
func (w *world) checkSecrets(but ...string) {
	w.Helper()
	w.CheckSecrets(w.Sim.Secrets(), but...)
}

// taken is the last token that Azure DevOps took.
func (w *world) taken() string {
	w.Helper()
	requests := w.devops.Requests()
	for i := len(requests) - 1; i >= 0; i-- {
		if r := requests[i]; r.Status == 200 && r.Token != "" {
			return r.Token
		}
	}
	w.Fatalf("no token was taken:\n%s", w.Heard())
	return ""
}

// refused makes two hours pass: the last token has ended, here and there. It returns that token.
func (w *world) refused() string {
	w.Helper()
	token := w.taken()
	w.devops.Refuse(token)
	if err := entratest.AgeTokens(w.Path(".cache/entralogin"), 2*time.Hour); err != nil {
		w.Fatal(err)
	}
	return token
}
