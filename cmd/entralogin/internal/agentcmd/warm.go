package agentcmd

import (
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/plugin/agent"
)

// mostWarm bounds how many answers are kept. Of more, all are found out anew.
const mostWarm = 100

// warm has what requests came to, each for as long as every file is as it was from which that was found out: the config file,
// what is stored, the token itself. So a sign-out counts at once, and a change of the settings does. Most requests ask what
// was asked before, and cost a look at these files.
type warm struct {
	mu   sync.Mutex
	kept map[string]warmAnswer
}

// warmAnswer is a stored token.
type warmAnswer struct {
	files []route.File
	key   cache.Key
	token cache.Token
}

// nameOf is what a request asks for, "" where no stored token will do.
func nameOf(r agent.Request) string {
	if r.Renew || r.Claims != "" {
		return ""
	}
	r.Asker, r.Unattended, r.Least = "", "", 0
	blob, _ := json.Marshal(r) // text and numbers alone
	return string(blob)
}

// find returns what a request came to, if that still holds.
func (w *warm) find(r agent.Request, now time.Time) (cache.Key, cache.Token, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := nameOf(r)
	a, ok := w.kept[name]
	if !ok {
		return cache.Key{}, cache.Token{}, false
	}
	changed := slices.ContainsFunc(a.files, func(f route.File) bool {
		identity, ok := route.Identify(f.Path)
		return !ok || identity != f.Identity
	})
	if changed || !a.token.Fresh(now) {
		delete(w.kept, name)
		return cache.Key{}, cache.Token{}, false
	}
	return a.key, a.token, true
}

// keep keeps what a request came to, if trace has all that it was found out from.
func (w *warm) keep(r agent.Request, trace *route.Trace, key cache.Key, t cache.Token, now time.Time) {
	name := nameOf(r)
	_, files, ok := trace.Seen("")
	if !ok || len(files) == 0 || name == "" || !t.Fresh(now) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.kept == nil || len(w.kept) >= mostWarm {
		w.kept = map[string]warmAnswer{}
	}
	w.kept[name] = warmAnswer{files, key, t}
}
