package entra

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// loopback is the place on this machine to which the person's browser brings the authorization response
// (https://www.rfc-editor.org/rfc/rfc8252#section-7.3). It is one address for both families of localhost: browsers try
// either one.
//
// Any program and any web page can send requests there. What ends the sign-in is a POST to / with the right Host and
// the right state; everything else is answered and forgotten.
type loopback struct {
	port  int
	path  string // where the sign-in begins: "/" and a word that nobody can guess
	state string
	page  string // of the authorization endpoint, which path leads to
	note  func(format string, args ...any)

	server   http.Server
	sockets  []net.Listener
	broken   chan error // why a socket has failed
	arrived  chan authorization
	once     sync.Once
	noted    sync.Map     // what was refused before
	finished chan outcome // what the person's last page says
	last     atomic.Pointer[outcome]
	look     time.Duration // see Browser
	shown    chan struct{}
}

// authorization is an authorization response (RFC 6749, section 4.1.2): a code, or an error.
type authorization struct {
	code                        string
	error, subcode, description string
}

// outcome is what came of a sign-in, for the person's last page.
type outcome struct {
	title, text string
}

// Limits of the loopback. A code of Entra's has 1 to 3 KiB.
const (
	longestForm   = 64 << 10
	headerTimeout = 10 * time.Second
	longestFinish = 30 * time.Second // from the response to the person's last page
	longestLook   = 2 * time.Second  // for a browser to fetch that page
)

// listen opens the loopback on a port, 0 for a free one.
func listen(port int) (*loopback, error) {
	sockets, err := listenBoth(port)
	for tries := 1; err != nil && port == 0 && tries < 10; tries++ { // a free port of one family may be taken in the other
		sockets, err = listenBoth(0)
	}
	if err != nil {
		return nil, &ListenError{Port: port, Free: freePort(), Err: err}
	}
	l := &loopback{port: sockets[0].Addr().(*net.TCPAddr).Port, sockets: sockets, path: "/" + rand.Text()[:12], state: rand.Text() + rand.Text(),
		broken: make(chan error, len(sockets)), arrived: make(chan authorization, 1), finished: make(chan outcome, 1), shown: make(chan struct{}, 1)}
	l.server = http.Server{Handler: l, ReadHeaderTimeout: headerTimeout, ReadTimeout: headerTimeout, MaxHeaderBytes: longestForm, ErrorLog: log.New(io.Discard, "", 0)}
	l.server.SetKeepAlivesEnabled(false)
	return l, nil
}

// listenBoth listens on one port of both families. A family that the machine does not have is left out. A port that
// somebody else has in one of them is an error: the browser might go there.
func listenBoth(port int) (sockets []net.Listener, err error) {
	for _, address := range []string{"127.0.0.1", "::1"} {
		var socket net.Listener
		if socket, err = net.Listen("tcp", net.JoinHostPort(address, strconv.Itoa(port))); err == nil {
			sockets, port = append(sockets, socket), socket.Addr().(*net.TCPAddr).Port
			continue
		}
		if free, missing := net.Listen("tcp", net.JoinHostPort(address, "0")); missing == nil {
			free.Close()
			for _, socket := range sockets {
				socket.Close()
			}
			return nil, err
		}
	}
	if len(sockets) > 0 {
		err = nil
	}
	return sockets, err
}

// serve answers from now on.
func (l *loopback) serve() {
	for _, socket := range l.sockets {
		go func() {
			if err := l.server.Serve(socket); !errors.Is(err, http.ErrServerClosed) {
				l.broken <- err
			}
		}()
	}
}

// ListenError says that the port for the browser's answer can't be had.
type ListenError struct {
	Port    int // 0 was for a free one
	Free    int // one that can be had; 0 if there is none
	Err     error
	Request plugin.Request // what the sign-in was for
}

// freePort is a port that is free now, 0 if there is none.
func freePort() int {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// Class is configuration, where a port was chosen.
func (e *ListenError) Class() failure.Class {
	if e.Port == 0 {
		return failure.Other
	}
	return failure.Config
}

func (e *ListenError) Error() string {
	if e.Port == 0 {
		return fmt.Sprintf("no port of this machine can be opened for the browser's answer: %v", cause(e.Err))
	}
	return fmt.Sprintf("the port %d of this machine can't be opened for the browser's answer: %v", e.Port, cause(e.Err))
}
func (e *ListenError) Unwrap() error { return e.Err }

// cause is an error of package net without the addresses around it.
func cause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// redirect is the redirect URI. Entra ignores the port of localhost, and nothing else
// (https://learn.microsoft.com/entra/identity-platform/reply-url#localhost-exceptions).
func (l *loopback) redirect() string { return fmt.Sprintf("http://localhost:%d", l.port) }

// host is what a browser calls the loopback: port 80 goes without saying.
func (l *loopback) host() string {
	if l.port == 80 {
		return "localhost"
	}
	return fmt.Sprintf("localhost:%d", l.port)
}

// start is the address that the person opens. It holds nothing of the sign-in, so that it may be printed.
func (l *loopback) start() string { return l.redirect() + l.path }

// ServeHTTP answers a browser, or whoever else asks.
func (l *loopback) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	protect(w.Header())
	switch {
	case req.Host != l.host():
		http.Error(w, "no such host", http.StatusMisdirectedRequest) // a name that was pointed at this machine
	case req.URL.Path == l.path && req.Method == http.MethodGet:
		l.serveStart(w)
	case req.URL.Path != "/":
		http.NotFound(w, req)
	case req.Method == http.MethodPost:
		l.servePost(w, req)
	case req.Method == http.MethodGet:
		l.serveGet(w, req)
	default:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "only GET and POST", http.StatusMethodNotAllowed)
	}
}

// servePost takes the authorization response (https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html).
func (l *loopback) servePost(w http.ResponseWriter, req *http.Request) {
	req.Body = http.MaxBytesReader(w, req.Body, longestForm)
	if err := req.ParseForm(); err != nil { // another content type is left alone, and so has no state
		l.refuse(w, "a form that is too long or malformed")
		return
	}
	l.take(w, req, req.PostForm)
}

// serveGet is for who comes without an answer: Entra's error pages lead there. An error in the address is one all the
// same; a code was not asked for that way, because it stays in the browser's history.
func (l *loopback) serveGet(w http.ResponseWriter, req *http.Request) {
	f := req.URL.Query()
	switch {
	case f.Has("code"):
		l.refuse(w, "a code in the address, where none was asked for")
	case f.Has("error"):
		l.take(w, req, f)
	default:
		writePage(w, http.StatusOK, outcome{"Nobody has signed in yet", "To try again, open the address that the terminal shows."})
	}
}

// readAuthorization reads an authorization response that is to have a state, and says what else it is where it does not
// count.
func readAuthorization(f url.Values, state string) (a authorization, what string) {
	a = authorization{code: f.Get("code"), error: f.Get("error"), subcode: f.Get("error_subcode"), description: f.Get("error_description")}
	switch {
	case subtle.ConstantTimeCompare([]byte(f.Get("state")), []byte(state)) != 1:
		return authorization{}, "an answer to another sign-in"
	case (a.code == "") == (a.error == ""), len(f["code"])+len(f["error"])+len(f["state"]) != 2:
		return authorization{}, "neither a code nor an error, or both"
	}
	return a, ""
}

// take passes an answer on if it is the one that is waited for, and holds the page back until it is known what came
// of it.
func (l *loopback) take(w http.ResponseWriter, req *http.Request, f url.Values) {
	a, what := readAuthorization(f, l.state)
	if what != "" {
		l.refuse(w, what)
		return
	}
	first := false
	l.once.Do(func() { first = true })
	if !first {
		l.refuse(w, "a second answer")
		return
	}
	l.arrived <- a
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // so that the request ends when the browser is gone
	o := outcome{"No answer yet", "The program has not finished the sign-in. The terminal says what came of it."}
	select {
	case o = <-l.finished:
	case <-time.After(longestFinish):
	}
	l.last.Store(&o)
	if req.Context().Err() != nil {
		l.seen() // by nobody, who need not be waited for
	}
	redirect(w, http.StatusSeeOther, l.path)
}

// serveStart leads to the sign-in, or says what came of it. That page is here and not in the answer to the form: a
// browser would keep the form with it, on disk, too, and send it again when the person loads the page anew.
func (l *loopback) serveStart(w http.ResponseWriter) {
	o := l.last.Load()
	if o == nil {
		redirect(w, http.StatusFound, l.page)
		return
	}
	writePage(w, http.StatusOK, *o)
	_ = http.NewResponseController(w).Flush()
	l.seen()
}

// seen says that the person's last page has been fetched, or never will be.
func (l *loopback) seen() {
	select {
	case l.shown <- struct{}{}:
	default:
	}
}

func redirect(w http.ResponseWriter, status int, to string) {
	w.Header().Set("Location", to)
	w.WriteHeader(status)
}

// refuse answers what does not count. The person may see it who opened an old page anew.
func (l *loopback) refuse(w http.ResponseWriter, what string) {
	if _, again := l.noted.LoadOrStore(what, true); !again { // any page can send a thousand of them
		l.note("the browser brought %s; it does not count", what)
	}
	writePage(w, http.StatusBadRequest, outcome{"This does not count", "It is not the answer that is waited for. Open the address that the terminal shows."})
}

// wait returns the authorization response, or the error of over when the end has come. What opened tells of a browser
// is no end.
func (l *loopback) wait(ctx context.Context, opened <-chan error, d time.Duration, over error) (authorization, error) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case a := <-l.arrived:
			return a, nil
		case err := <-opened:
			if err != nil {
				l.note("no browser could be opened: %v", err)
			}
		case err := <-l.broken: // so that nobody waits for what can't come
			return authorization{}, fmt.Errorf("the port %d of this machine was lost while the browser was waited for: %v", l.port, cause(err))
		case <-ctx.Done():
			return authorization{}, context.Cause(ctx)
		case <-timer.C:
			return authorization{}, over
		}
	}
}

// finish shows the person what came of the sign-in, and closes. The browser gets a moment to take the page.
func (l *loopback) finish(o outcome) {
	l.finished <- outcome{text.Short(o.title, 100), text.Short(o.text, 500)}
	select {
	case <-l.shown:
	case <-time.After(cmp.Or(l.look, longestLook)):
	}
	l.close()
}

// close ends the loopback. It may be called twice.
func (l *loopback) close() {
	l.server.Close()
	for _, socket := range l.sockets {
		socket.Close() // those that the server never had
	}
}
