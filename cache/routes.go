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
	Given
}

// Given is how an agent gave the token. It is zero for one that is stored here.
type Given struct {
	Socket  string // of the agent of this machine
	Request string // the body of what was sent there
	Line    Secret // the answer to it, as EncodeToken writes it
}

// Signed is a request that stands in an answer in the place of the token, signed with the key that the token is bound to.
// It is zero for a bearer token.
type Signed struct {
	Request Secret
	Cluster string    // that it is for
	End     time.Time // it is used until then
}

// KeepRoute keeps what a question came to, if Trace has all that the call looked at and the token is in a plain file, or with
// the storage Agent came from the agent. It is only a saving: what can't be kept is found out anew.
func (s *Store) KeepRoute(a Settled) {
	path, ok := a.Question.Place()
	if !ok || filepath.Clean(path) != s.path(route.Folder, filepath.Base(path)) {
		return
	}
	if p, err := s.pinned(); err != nil || p.Storage != a.needs() || s.unpinned != nil {
		return
	}
	s.Trace.File(a.Question.Program) // another version may answer otherwise
	r, ok := s.route(a)
	if !ok || s.makeRoom() != nil {
		return
	}
	_ = s.write(route.Folder, filepath.Base(path), r.Encode())
}

// needs is the storage with which a route can be kept.
func (a Settled) needs() Storage {
	if a.Socket != "" {
		return Agent
	}
	return File
}

func (s *Store) route(a Settled) (r route.Route, ok bool) {
	r = route.Route{Question: a.Question.Text(), Ahead: a.Ahead, Until: s.now().Add(routeLife), Socket: a.Socket, Request: a.Given.Request}
	content, but, ok := a.Line.Reveal(), "", true
	if a.Socket == "" {
		r.Token = a.Key.Hash()
		but = s.path(tokens, r.Token)
	}
	if r.Variables, r.Files, ok = s.Trace.Seen(but); !ok {
		return r, false
	}
	if a.Socket == "" {
		file, err := s.read(tokens, r.Token)
		if err != nil {
			return r, false
		}
		content = string(file)
	}
	var token string // another process may have stored a new one, or an older entralogin one in another form
	if r.Before, r.Between, token, ok = route.Split(content); !ok || token != a.Token.Value.Reveal() {
		return r, false
	}
	life := a.Token.life()
	if !a.Signed.Request.IsZero() {
		r.Key, r.Cluster = a.Key.holder().Hash(), a.Cluster
		token, life.End = a.Signed.Request.Reveal(), a.End
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
