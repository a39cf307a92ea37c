package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Main serves this person's own programs: tokens, keys, and what the person does with the agent.
func (s *Server) Main() http.Handler {
	routes := s.control()
	routes["POST "+agent.TokenPath] = s.serveMain
	return &frame{s: s, routes: routes, keys: s.settings.Keys}
}

// Forward serves ssh and containers: tokens that the person allows, and nothing else.
func (s *Server) Forward() http.Handler {
	return &frame{s: s, routes: map[string]http.HandlerFunc{"POST " + agent.TokenPath: func(w http.ResponseWriter, r *http.Request) {
		peer, err := s.settings.Describe(connection(r))
		if err != nil {
			writeError(w, http.StatusForbidden, refusal(err.Error()))
			return
		}
		s.serveForward(w, r, peer)
	}}}
}

// Keyed is Forward for a port of the loopback interface, which any user can reach: it serves whoever has the key, as a
// bearer token. That is weaker than a socket: of who asks it knows what it is told here. A host is "build1 (ssh)".
func (s *Server) Keyed(host string, key cache.Secret) http.Handler {
	peer := Peer{Host: host}
	return &frame{s: s, key: key, keyed: true, routes: map[string]http.HandlerFunc{"POST " + agent.TokenPath: func(w http.ResponseWriter, r *http.Request) {
		s.serveForward(w, r, peer)
	}}}
}

// frame answers requests of which all but the body is right.
type frame struct {
	s      *Server
	routes map[string]http.HandlerFunc
	keys   http.Handler // or nil
	keyed  bool
	key    cache.Secret
}

func (f *frame) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if p := recover(); p != nil {
			f.s.settings.Explain(fmt.Sprintf("a request failed within the agent: %s", text.Redact(fmt.Sprint(p), 200)))
			writeError(w, http.StatusInternalServerError, &agent.Error{Code: agent.Failed, Message: "it has failed within"})
		}
	}()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	f.s.impatient(w)
	if why := f.unfit(r); why != "" {
		f.s.settings.Explain("a request is refused: " + why)
		writeError(w, http.StatusForbidden, refusal(why))
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, agent.MostBytes)
	serve, status := f.route(r)
	if serve == nil {
		writeError(w, status, &agent.Error{Code: agent.Failed, Class: failure.Usage, Message: "it does not know that request"})
		return
	}
	serve(w, r)
}

// unfit says what is wrong with the frame of a request, "" if nothing is. What a browser sends on behalf of a page, and
// what two programs could read in two ways, is refused.
//
// https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site, https://www.rfc-editor.org/rfc/rfc9112#section-11.2
func (f *frame) unfit(r *http.Request) string {
	for name := range r.Header {
		if name == "Origin" || name == "Upgrade" || strings.HasPrefix(name, "Sec-") || strings.HasPrefix(name, "Access-Control-") {
			return "it has the header " + text.Short(name, 40) + ", which no program of ours sends"
		}
	}
	switch c := connection(r); {
	case c == nil:
		return "it came by no connection"
	case len(r.TransferEncoding) > 0:
		return "its length is not said"
	case !isOwnName(r.Host):
		return "it is for another host"
	case f.keyed && !f.hasKey(r):
		return "it has not the key"
	case f.keyed && !isLocal(c):
		return "it is of another machine"
	}
	return ""
}

// isOwnName reports whether a request's host is one that a client of this machine names: it keeps out pages whose name
// has been made to lead here.
func isOwnName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	switch strings.ToLower(host) {
	case "agent", "entralogin", "localhost", "127.0.0.1":
		return true
	}
	return false
}

func isLocal(c net.Conn) bool {
	at, ok := c.RemoteAddr().(*net.TCPAddr)
	return ok && at.IP.IsLoopback()
}

// hasKey compares in a time that says nothing of the key.
func (f *frame) hasKey(r *http.Request) bool {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || f.key.IsZero() || len(r.Header.Values("Authorization")) != 1 {
		return false
	}
	one, other := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(f.key.Reveal()))
	return subtle.ConstantTimeCompare(one[:], other[:]) == 1
}

// route finds who serves a request: by its very words, since nothing that is decoded or shortened names a path here.
func (f *frame) route(r *http.Request) (serve http.HandlerFunc, status int) {
	if serve := f.routes[r.Method+" "+r.RequestURI]; serve != nil {
		return serve, http.StatusOK
	}
	if id, ok := strings.CutPrefix(r.RequestURI, agent.KeyPath); ok && f.keys != nil && text.IsPlain(id) && !strings.ContainsAny(id, "/%") {
		return func(w http.ResponseWriter, r *http.Request) {
			if f.s.gate.isLocked() {
				writeError(w, http.StatusLocked, lockedError())
				return
			}
			f.keys.ServeHTTP(w, r)
		}, http.StatusOK
	}
	for path := range f.routes {
		if strings.HasSuffix(path, " "+r.RequestURI) {
			return nil, http.StatusMethodNotAllowed
		}
	}
	return nil, http.StatusNotFound
}

func refusal(why string) *agent.Error {
	return &agent.Error{Code: agent.Failed, Class: failure.Refused, Message: "the request is refused: " + why}
}

// writeError answers with an error, and nothing else.
func writeError(w http.ResponseWriter, status int, e *agent.Error) {
	(&answer{w: w}).fail(status, e)
}

// answer is what a request gets: lines of JSON, the last of which counts. The first one settles the status.
type answer struct {
	w       http.ResponseWriter
	begun   bool
	waiting string // what was said last
}

// line writes one line. Whoever does not read is not waited for.
func (a *answer) line(status int, blob []byte) {
	c := http.NewResponseController(a.w)
	c.SetWriteDeadline(time.Now().Add(agent.Patience)) // by the system's clock, which is whose deadline it is
	if !a.begun {
		a.begun = true
		a.w.Header().Set("Content-Type", "application/json")
		a.w.WriteHeader(status)
	}
	a.w.Write(blob)
	c.Flush()
}

// wait says that a person is waited for, once.
func (a *answer) wait(whom string) {
	if a.waiting == whom {
		return
	}
	a.waiting = whom
	blob, _ := json.Marshal(agent.Note{Waiting: whom}) // text alone
	a.line(http.StatusOK, append(blob, '\n'))
}

func (a *answer) fail(status int, e *agent.Error) {
	blob, _ := json.Marshal(agent.Note{Error: e}) // text alone
	a.line(status, append(blob, '\n'))
}

// status is that of an error's code.
func status(e *agent.Error) int {
	switch e.Code {
	case agent.PersonNeeded, agent.NotHere:
		return http.StatusUnauthorized
	case agent.NotAllowed:
		return http.StatusForbidden
	case agent.Locked:
		return http.StatusLocked
	}
	if e.Class == failure.Usage {
		return http.StatusBadRequest
	}
	return http.StatusBadGateway
}
