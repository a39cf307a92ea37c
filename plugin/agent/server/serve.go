package server

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/entralogin/entralogin/plugin/agent"
)

// What a connection may cost.
const (
	headerTime   = 5 * time.Second // for the head of a request
	headerBytes  = 8 << 10
	mostSessions = 1024 // connections at a time to one socket; the others wait
	parting      = time.Second
)

// connKey is where a request's context has its connection.
type connKey struct{}

// Serve answers connections to l by h, which is Main, Forward or Keyed, until ctx ends. Connections of other users, but
// root's, are closed at once. It closes l. Errors: those of Accept, but nil at the end of ctx.
func (s *Server) Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s.state.Lock()
	if s.state.since.IsZero() {
		s.state.since = s.now()
	}
	s.state.Unlock()
	server := &http.Server{Handler: h, ReadHeaderTimeout: headerTime, MaxHeaderBytes: headerBytes, ErrorLog: log.New(io.Discard, "", 0),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) }}
	server.SetKeepAlivesEnabled(false)
	ended := context.AfterFunc(ctx, func() {
		l.Close()
		ctx, cancel := context.WithTimeout(context.Background(), parting)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			server.Close()
		}
	})
	defer ended()
	err := server.Serve(&ownListener{Listener: l, s: s, free: make(chan struct{}, mostSessions)})
	if ctx.Err() != nil || errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// ownListener accepts connections of this user and of root, and only so many at a time.
type ownListener struct {
	net.Listener
	s    *Server
	free chan struct{}
}

func (l *ownListener) Accept() (net.Conn, error) {
	l.free <- struct{}{}
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			<-l.free
			return nil, err
		}
		if unix, ok := c.(*net.UnixConn); ok {
			if err := checkUser(unix); err != nil {
				l.s.explain(err.Error())
				c.Close()
				continue
			}
		}
		return &countedConn{Conn: c, free: l.free}, nil
	}
}

// countedConn gives its place to another one when it is closed.
type countedConn struct {
	net.Conn
	free   chan struct{}
	closed sync.Once
}

func (c *countedConn) Close() error {
	c.closed.Do(func() { <-c.free })
	return c.Conn.Close()
}

// connection is that of a request, nil where it came to no Serve.
func connection(r *http.Request) net.Conn {
	c, _ := r.Context().Value(connKey{}).(*countedConn)
	if c == nil {
		return nil
	}
	return c.Conn
}

// impatient bounds the reading of a request's body.
func impatient(w http.ResponseWriter) (patient func()) {
	c := http.NewResponseController(w)
	c.SetReadDeadline(time.Now().Add(agent.Patience)) // by the system's clock, which is whose deadline it is
	return func() { c.SetReadDeadline(time.Time{}) }
}
