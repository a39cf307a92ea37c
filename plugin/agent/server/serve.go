package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// What a connection may cost.
const (
	headerTime   = 5 * time.Second // for the head of a request
	headerBytes  = 8 << 10
	mostSessions = 1024 // connections at a time to one socket; the others wait
	mostOfOne    = 512  // of these, of one process, which is one host: more are closed
	parting      = time.Second
)

// connKey is where a request's context has its connection.
type connKey struct{}

// Serve answers connections to l by h, which is Main, Forward or Keyed, until ctx ends. Connections of other users, but
// root's, are closed at once. It closes l. Errors: those of Accept, but nil at the end of ctx.
func (s *Server) Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s.gate.open(s.settings.Now())
	server := &http.Server{Handler: h, ReadHeaderTimeout: s.settings.headTime, MaxHeaderBytes: headerBytes, DisableGeneralOptionsHandler: true,
		ErrorLog: log.New(io.Discard, "", 0), ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) }}
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
	err := server.Serve(&ownListener{Listener: l, s: s, free: make(chan struct{}, mostSessions), of: map[int]int{}})
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

	mu sync.Mutex
	of map[int]int // connections, by the process whose they are
}

func (l *ownListener) Accept() (net.Conn, error) {
	l.free <- struct{}{}
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			<-l.free
			return nil, err
		}
		done := func() { <-l.free }
		if unix, ok := c.(*net.UnixConn); ok {
			pid, err := l.admit(unix)
			if err != nil {
				l.s.settings.Explain(err.Error())
				c.Close()
				continue
			}
			done = func() { l.leave(pid); <-l.free }
		}
		return &countedConn{Conn: c, done: done}, nil
	}
}

// admit counts a connection of a process of this user. Errors say why it is refused.
func (l *ownListener) admit(c *net.UnixConn) (pid int, err error) {
	if pid, err = checkUser(c); err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[pid] >= mostOfOne {
		return 0, fmt.Errorf("the process %d has %d connections, and gets no more", pid, mostOfOne)
	}
	l.of[pid]++
	return pid, nil
}

// leave ends what admit has begun.
func (l *ownListener) leave(pid int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[pid]--; l.of[pid] <= 0 {
		delete(l.of, pid)
	}
}

// countedConn gives its place to another one when it is closed.
type countedConn struct {
	net.Conn
	done   func()
	closed sync.Once
}

func (c *countedConn) Close() error {
	c.closed.Do(c.done)
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

// impatient bounds the reading of a request's body, also of one that nobody reads: net/http reads the rest of it before it
// closes the connection.
func (s *Server) impatient(w http.ResponseWriter) {
	http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.settings.bodyTime)) // by the system's clock, which is whose deadline it is
}

// patient ends that, once the body has been read: an answer may take longer.
func patient(w http.ResponseWriter) { http.NewResponseController(w).SetReadDeadline(time.Time{}) }
