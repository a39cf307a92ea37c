// Package devops answers as the git side of Azure DevOps does, on the loopback interface: organisations that belong to
// tenants, their challenge, repositories behind the real `git http-backend`, and git-lfs. The feeds of packages that an
// organisation has are at hosts of their own, and are the business of others: see Server.HandleFeeds.
//
// It goes by the real names. A program reaches https://dev.azure.com, https://ORGANISATION.visualstudio.com, the hosts of
// the feeds and those of AddHost and HandleHost through the proxy at Server.ProxyURL, which leads nowhere else, and with
// the certificate of Server.CertPEM. Tokens are those of a simulated identity platform (package entratest), and are checked in earnest:
// signature, audience, tenant and time.
//
// The shapes follow:
//
//   - https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/entra
//   - https://git-scm.com/docs/git-http-backend and https://git-scm.com/docs/gitprotocol-http
//   - https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md
package devops

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// Audience is the application ID of Azure DevOps.
const Audience = "499b84ac-1321-427f-aa17-267ca6975798"

const (
	oldDomain = ".visualstudio.com"
	feedHost  = "pkgs.dev.azure.com"
)

// isFeedHost says whether feeds are at a host, in lower case.
func isFeedHost(host string) bool {
	return host == feedHost || strings.HasSuffix(host, ".pkgs"+oldDomain)
}

// A site is what has its own tenant: an organisation, or a host of its own.
type site struct{ tenant, audience string }

// A Server is a simulated Azure DevOps. Its methods may be called from several goroutines.
type Server struct {
	ProxyURL string // "http://127.0.0.1:PORT"

	sim     *entratest.Server
	root    string // the repositories: ORGANISATION/PROJECT/_git/REPOSITORY, HOST/REPOSITORY
	backend string // git-http-backend
	certPEM []byte
	http    *httptest.Server
	proxy   *httptest.Server

	mu        sync.Mutex      // guards all below
	sites     map[string]site // by organisation, or host
	feeds     http.Handler
	open      map[string]http.Handler // by host
	log       []Request
	strangers []string
	switches  switches
}

// Start starts a Server that keeps its repositories below the folder root. The caller must close it.
func Start(sim *entratest.Server, root string) (*Server, error) {
	core, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		return nil, fmt.Errorf("git --exec-path: %w", err)
	}
	certPEM, cert, err := newCertificate()
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	s := &Server{
		sim:      sim,
		root:     root,
		backend:  filepath.Join(strings.TrimSpace(string(core)), "git-http-backend"),
		certPEM:  certPEM,
		sites:    map[string]site{},
		feeds:    http.NotFoundHandler(),
		open:     map[string]http.Handler{},
		switches: switches{refused: map[string]bool{}, seen: map[string]bool{}, countdown: -1},
	}
	if _, err := os.Stat(s.backend); err != nil {
		return nil, err
	}
	quiet := log.New(io.Discard, "", 0) // programs that are killed drop their connections
	s.http = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.http.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	s.http.Config.ErrorLog = quiet
	s.http.StartTLS()
	s.proxy = httptest.NewUnstartedServer(http.HandlerFunc(s.serveProxy))
	s.proxy.Config.ErrorLog = quiet
	s.proxy.Start()
	s.ProxyURL = s.proxy.URL
	return s, nil
}

// Close stops the server and its proxy.
func (s *Server) Close() {
	s.proxy.Close()
	s.http.CloseClientConnections()
	s.http.Close()
}

// CertPEM is the certificate of the server, which signed itself.
func (s *Server) CertPEM() []byte { return append([]byte(nil), s.certPEM...) }

// AddOrganization adds an organisation of dev.azure.com.
func (s *Server) AddOrganization(name, tenant string) { s.add(name, site{tenant, Audience}) }

// AddHost adds a host of somebody else's, in front of which something checks tokens for an audience of its own. The
// certificate is good for git.example, evilvisualstudio.com, dev.azure.com.evil.example and pkgs.dev.azure.com.evil.example.
func (s *Server) AddHost(host, tenant, audience string) { s.add(host, site{tenant, audience}) }

func (s *Server) add(name string, at site) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sites[strings.ToLower(name)] = at
}

// HandleFeeds sets what answers at the hosts of the feeds, pkgs.dev.azure.com and ORGANISATION.pkgs.visualstudio.com, once
// the token was taken. The path of each request that it gets begins with the organisation.
func (s *Server) HandleFeeds(h http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.feeds = h
}

// HandleHost sets what answers at a host that asks for no token of Entra, such as the store of blobs that downloads are
// sent to. The certificate is good for *.blob.core.windows.net.
func (s *Server) HandleHost(host string, h http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[host] = h
}

// AddRepository makes an empty repository and returns its folder. path is ORGANISATION/PROJECT/_git/REPOSITORY, or
// HOST/REPOSITORY.
func (s *Server) AddRepository(path string) (dir string, err error) {
	dir = filepath.Join(s.root, filepath.FromSlash(path))
	cmd := exec.Command("git", "init", "--quiet", "--bare", "--initial-branch=main", dir)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.root, "GIT_CONFIG_NOSYSTEM=1"}
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("git init: %w: %s", err, out)
	}
	return dir, nil
}

// find returns the site of a request, and the request's path below s.root.
func (s *Server) find(req *http.Request) (at site, path string, ok bool) {
	host, path := strings.ToLower(req.Host), req.URL.Path
	if org, old := strings.CutSuffix(host, oldDomain); old {
		path = "/" + strings.TrimSuffix(org, ".pkgs") + path
	} else if host != "dev.azure.com" && host != feedHost {
		path = "/" + host + path
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	s.mu.Lock()
	defer s.mu.Unlock()
	at, ok = s.sites[strings.ToLower(name)]
	return at, path, ok
}

// handlers returns what answers at the host of a request for whoever comes, and what does for who has signed in; nil where
// it is the business of this package.
func (s *Server) handlers(req *http.Request) (open, feeds http.Handler) {
	host := strings.ToLower(req.Host)
	s.mu.Lock()
	defer s.mu.Unlock()
	if isFeedHost(host) {
		return nil, s.feeds
	}
	return s.open[host], nil
}

// serve answers every request: the credential first, then what it is for.
func (s *Server) serve(w http.ResponseWriter, req *http.Request) {
	open, feeds := s.handlers(req)
	if open != nil {
		s.record(req, credentialOf(req), http.StatusOK, "")
		open.ServeHTTP(w, req)
		return
	}
	at, path, ok := s.find(req)
	if !ok {
		s.record(req, credential{}, http.StatusNotFound, "no such organisation")
		http.NotFound(w, req)
		return
	}
	cred := credentialOf(req)
	status, reason := s.check(cred, at)
	s.record(req, cred, status, reason)
	switch {
	case status == http.StatusUnauthorized:
		challenge(w, at)
		http.Error(w, "TF400813: The user '' is not authorized to access this resource.", status)
	case status != http.StatusOK:
		http.Error(w, "TF401019: "+reason, status)
	case feeds != nil:
		passed := req.Clone(req.Context())
		passed.URL.Path = path
		feeds.ServeHTTP(w, passed)
	case strings.Contains(path, "/info/lfs/"):
		s.serveLFS(w, req, path)
	case strings.Count(strings.Trim(path, "/"), "/") > 0:
		s.serveGit(w, req, path)
	}
}
