package entratest

import (
	"bytes"
	"net/http"
	"time"
)

// maxBody is the largest request body that is read, in bytes.
const maxBody = 1 << 20

// A Request is one line of the server's log.
type Request struct {
	Time     time.Time
	Method   string
	Host     string // as the client has it
	Path     string
	Endpoint string // the name that Requests takes
	Grant    string // of a token request: "device_code", "refresh_token", "client_credentials" or what was sent
	Status   int    // 0: the connection was closed without an answer
	Error    string // of a token request that failed: "authorization_pending" and so on
	Origin   string // the header
}

// Requests counts the requests to an endpoint since the last ResetRequests: "devicecode", "token", "openid-configuration",
// "keys", "instance", "authorize", "me", "manager", "memberOf", "users", "user", "graph", "whoami", "version", "kube", "arm",
// "vault", "page", "control" or "unknown"; of registries "registry", "repository", "exchange" and "registry-token"; of Azure DevOps "organization"; of the stand-ins "imds", "appservice", "servicefabric", "azureml", "cloudshell", "arc", "github",
// "pipelines" and "bindings".
// "" and "*" count all but what a browser asks for ("page", "authorize") and the control requests.
func (s *Server) Requests(endpoint string) int {
	n := 0
	for _, r := range s.RequestLog() {
		if r.Endpoint == endpoint || (endpoint == "" || endpoint == "*") && !aside(r.Endpoint) {
			n++
		}
	}
	return n
}

// RequestLog lists the requests that were answered or dropped, oldest first.
func (s *Server) RequestLog() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.log...)
}

// ResetRequests empties the log, and with it the counters.
func (s *Server) ResetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = nil
}

// Secrets lists every secret that was ever issued (access, refresh and ID tokens, device codes, codes of the
// authorization endpoint with state, nonce and verifier, client secrets), every assertion that was made here or came
// here, and lines of the private keys that were made here, so that a test can look for them where they must not be.
func (s *Server) Secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.secrets...)
}

func (s *Server) keepSecrets(secrets ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, secret := range secrets {
		if secret != "" {
			s.secrets = append(s.secrets, secret)
		}
	}
}

// An answer is a response that is still in the server's hands, so that a fault can spoil it.
type answer struct {
	header http.Header // the connection's own
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

func (a *answer) send(w http.ResponseWriter) {
	a.WriteHeader(http.StatusOK)
	w.WriteHeader(a.status)
	w.Write(a.body.Bytes())
}

// observed wraps an endpoint: it logs the request, lets a fault have its way, and writes the headers that Entra writes.
func (s *Server) observed(r route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if r.name != "repository" { // which takes images
			req.Body = http.MaxBytesReader(w, req.Body, maxBody)
		}
		entry := Request{Time: s.clock(), Method: req.Method, Host: req.Host, Path: req.URL.Path, Endpoint: r.name, Origin: req.Header.Get("Origin")}
		if r.name == "token" {
			entry.Grant = grantName(req.PostFormValue("grant_type"))
		}
		f := s.nextFault(entry.Endpoint, entry.Grant)
		s.commonHeaders(w, req)
		logged := false
		record := func(status int, oauthError string) {
			if !logged {
				logged = true
				entry.Status, entry.Error = status, oauthError
				s.append(entry)
			}
		}
		if f.before(s, w, req, r.name, record) {
			return
		}
		a := &answer{header: w.Header()}
		if r.allowed(a, req) {
			r.serve(a, req)
		}
		f.after(a, w, record)
		record(a.status, a.oauthError(r.name))
		a.send(w)
	})
}

func (s *Server) append(entry Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, entry)
}

func (s *Server) commonHeaders(w http.ResponseWriter, req *http.Request) {
	h := w.Header()
	h.Set("Date", s.now().UTC().Format(http.TimeFormat))
	h.Set("Cache-Control", "no-store, no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("x-ms-request-id", newGUID())
	if id := req.Header.Get("client-request-id"); validGUID(id) {
		h.Set("client-request-id", id)
	}
}
