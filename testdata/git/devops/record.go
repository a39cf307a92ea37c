package devops

import (
	"fmt"
	"net/http"
	"strings"
)

// A Request is one line of the server's log.
type Request struct {
	Method, Host, Path string
	Scheme             string // "", "Basic" or "Bearer"
	User               string // of Basic
	Token              string
	Status             int    // 200, or why it was not passed on
	Reason             string // of any other status
}

// Requests lists the requests, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.log...)
}

// Log is Requests, one a line, for people.
func (s *Server) Log() string {
	var b strings.Builder
	for _, r := range s.Requests() {
		fmt.Fprintln(&b, r.Status, r.Method, r.Host+r.Path, r.Scheme, r.User, r.Reason)
	}
	return b.String()
}

// ResetRequests empties the log.
func (s *Server) ResetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log, s.strangers = nil, nil
}

// Strangers lists the addresses that the proxy was asked for and that are not the server's.
func (s *Server) Strangers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.strangers...)
}

func (s *Server) record(req *http.Request, cred credential, status int, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, Request{req.Method, req.Host, req.URL.Path, cred.scheme, cred.user, cred.token, status, reason})
}
