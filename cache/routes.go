package cache

import (
	"path/filepath"
	"time"

	"github.com/entralogin/entralogin/cache/route"
)

// mostRoutes bounds how many routes are kept. Whoever asks new questions all the time, as with a folder in a variable,
// has no use for old ones.
const mostRoutes = 2000

// routeLife is how long a route is believed: what no trace shows, such as what a program says of itself, may change.
const routeLife = 24 * time.Hour

// Settled is a call that was answered with a stored token.
type Settled struct {
	Question route.Question
	Key      Key
	Token    Token
	Answer   []byte
	Slots    []route.Slot // what of Answer comes of the token
	Ahead    bool         // the token is renewed in the last third of its life
	Signed
}

// Signed is a request that stands in an answer in the place of the token, signed with the key that the token is bound to.
// It is zero for a bearer token.
type Signed struct {
	Request Secret
	Cluster string    // that it is for
	End     time.Time // it is used until then
}

// KeepRoute keeps what a question came to, if Trace has all that the call looked at and the token is in a plain file. It
// is only a saving: what can't be kept is found out anew.
func (s *Store) KeepRoute(a Settled) {
	path, ok := a.Question.Place()
	if !ok || filepath.Clean(path) != s.path(route.Folder, filepath.Base(path)) {
		return
	}
	if p, err := s.pinned(); err != nil || p.Storage != File {
		return
	}
	s.Trace.File(a.Question.Program) // another version may answer otherwise
	r, ok := s.route(a)
	if !ok || s.makeRoom() != nil {
		return
	}
	_ = s.write(route.Folder, filepath.Base(path), r.Encode())
}

func (s *Store) route(a Settled) (r route.Route, ok bool) {
	r = route.Route{Question: a.Question.Text(), Token: a.Key.Hash(), Ahead: a.Ahead, Until: s.now().Add(routeLife)}
	if r.Variables, r.Files, ok = s.Trace.Seen(s.path(tokens, r.Token)); !ok {
		return r, false
	}
	content, err := s.read(tokens, r.Token)
	if err != nil {
		return r, false
	}
	var token string // another process may have stored a new one, or an older entralogin one in another form
	if r.Before, r.Between, token, ok = route.Split(string(content)); !ok || token != a.Token.Value.Reveal() {
		return r, false
	}
	life := a.Token.life()
	if !a.Request.IsZero() {
		r.Key, r.Cluster = a.Key.holder().Hash(), a.Cluster
		token, life.End = a.Request.Reveal(), a.End
	}
	r.Answer, ok = route.Pieces(string(a.Answer), token, life, a.Slots...)
	return r, ok
}

// makeRoom deletes all routes where there are too many.
func (s *Folder) makeRoom() error {
	names, err := s.files(route.Folder)
	if err != nil || len(names) < mostRoutes {
		return err
	}
	return s.forgetRoutes()
}

// forgetRoutes deletes all routes: they name accounts.
func (s *Folder) forgetRoutes() error {
	return s.empty(route.Folder, func(string) bool { return true })
}
