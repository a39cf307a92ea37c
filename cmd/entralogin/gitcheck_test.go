//go:build unix

package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// azureStand answers in place of dev.azure.com, to those who come through its proxy: an organisation's
// address with the challenge of its tenant, a repository's with status.
type azureStand struct {
	proxy  *httptest.Server
	web    *httptest.Server
	tenant string
	head   int // status of the organisation's address; 0: 401
	status int // of the repository's, with a token; 0: 200

	strangers int // status of the repository's without one; 0: 401

	mu       sync.Mutex
	requests []string
}

func newAzureStand(t *testing.T) *azureStand {
	s := &azureStand{tenant: entratest.TenantContoso}
	s.web = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.web.TLS = &tls.Config{Certificates: []tls.Certificate{certificateFor(t, "dev.azure.com")}}
	s.web.Config.ErrorLog = log.New(io.Discard, "", 0) // who does not trust it hangs up
	s.web.StartTLS()
	s.proxy = httptest.NewServer(http.HandlerFunc(s.connect))
	t.Cleanup(s.proxy.Close)
	t.Cleanup(s.web.Close)
	return s
}

// set changes what it answers; its answers are given meanwhile, perhaps.
func (s *azureStand) set(change func(*azureStand)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

// seen returns the requests that came.
func (s *azureStand) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

func certificateFor(t *testing.T, host string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{host}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (s *azureStand) serve(w http.ResponseWriter, req *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, req.Method+" "+req.URL.Path)
	w.Header().Set("WWW-Authenticate", "Bearer authorization_uri=https://login.microsoftonline.com/"+s.tenant)
	status := http.StatusUnauthorized
	switch {
	case req.Method == http.MethodHead && s.head != 0:
		status = s.head
	case req.Method == http.MethodGet && req.Header.Get("Authorization") == "" && s.strangers != 0:
		status = s.strangers
	case req.Method == http.MethodGet && req.Header.Get("Authorization") != "":
		if status = s.status; status == 0 {
			status = http.StatusOK
			w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
		}
	}
	w.Header().Set("Location", "https://login.example/")
	w.WriteHeader(status)
	io.WriteString(w, req.Header.Get("Authorization")) // a careless one
}

// connect leads to dev.azure.com and nowhere else.
func (s *azureStand) connect(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodConnect || req.Host != "dev.azure.com:443" {
		http.Error(w, "no", http.StatusForbidden)
		return
	}
	there, err := net.Dial("tcp", s.web.Listener.Addr().String())
	if err != nil {
		return
	}
	defer there.Close()
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
	go io.Copy(there, here)
	io.Copy(here, there)
}

const repositoryURL = "https://contoso@dev.azure.com/contoso/project/_git/repository"

// lonePAT is as long as a personal access token, which is of one case. Nothing may show it.
const lonePAT = "hunter2hunter2hunter2hunter2hunter2hunter2hunter2abc"

// gitRig is a house with git set up for entralogin, in which there is nothing to be found.
type gitRig struct {
	*house
	azure *azureStand
	args  []string // of git check
}

// gitconfig is what git setup writes; "" has it written.
func newGitRig(t *testing.T, gitconfig string) *gitRig {
	t.Helper()
	r := &gitRig{house: houseOf(t, entratest.NewServer(entratest.WithProxy())), azure: newAzureStand(t), args: []string{repositoryURL}}
	r.sim.AutoApprove(entratest.Alice, 0)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.azure.web.Certificate().Raw})
	r.write("azure.pem", string(ca))
	r.set("SSL_CERT_FILE", filepath.Join(r.home, "azure.pem"))
	r.set("HTTPS_PROXY", r.azure.proxy.URL)
	r.set("GIT_CONFIG_NOSYSTEM", "1")
	if gitconfig == "" {
		r.entralogin("git", "setup")
	} else {
		r.write(".gitconfig", gitconfig)
	}
	return r
}

func (r *gitRig) set(name, value string) {
	r.env = slices.DeleteFunc(r.env, func(v string) bool { return strings.HasPrefix(v, name+"=") })
	r.env = append(r.env, name+"="+value)
}

func (r *gitRig) write(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.home, name), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// config adds lines to the config file.
func (r *gitRig) config(text string) {
	r.t.Helper()
	const file = ".config/entralogin/config.yaml"
	r.write(file, readDoc(r.t, filepath.Join(r.home, file))+text)
}

// git runs git config --global.
func (r *gitRig) git(args ...string) {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"config", "--global"}, args...)...)
	cmd.Env = r.env
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("%v: %s", err, out)
	}
}

func (r *gitRig) entralogin(args ...string) {
	r.t.Helper()
	if run := r.call(append([]string{"entralogin"}, args...)...); run.cmd.ProcessState.ExitCode() != 0 {
		r.t.Fatalf("%v: %s", args, run.err.Bytes())
	}
}

// inClone makes the folder a repository whose remote is looked at.
func (r *gitRig) inClone() {
	r.t.Helper()
	r.args = nil
	for _, args := range [][]string{{"git", "init", "-q"}, {"git", "remote", "add", "origin", repositoryURL}} {
		if run := r.call(args...); run.cmd.ProcessState.ExitCode() != 0 {
			r.t.Fatalf("%v: %s", args, run.err.Bytes())
		}
	}
}

// signIn has git ask for a token once. Alice signs in.
func (r *gitRig) signIn() {
	r.t.Helper()
	cmd := exec.Command("git", "credential", "fill")
	cmd.Dir, cmd.Env = r.work, r.env
	cmd.Stdin = strings.NewReader("url=" + repositoryURL + "\n\n")
	if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("password=ey")) {
		r.t.Fatalf("%v: %s", err, out)
	}
}

// check runs the check.
func (r *gitRig) check() (code int, report check.Report) {
	r.t.Helper()
	return r.examined([]string{"hunter2"}, append([]string{"entralogin", "git", "check"}, r.args...)...)
}

// examined examines a command that looks at this house.
func (h *house) examined(secret []string, command ...string) (code int, report check.Report) {
	h.t.Helper()
	command = slices.Clip(command)
	return examine(h.t, h.sim, h.dir, secret, func() examined {
		asJSON, asTable := h.start(append(command, "-o", "json")...), h.start(append(command, "--all")...)
		asJSON.cmd.Wait()
		asTable.cmd.Wait()
		return examined{asJSON.cmd.ProcessState.ExitCode(), asTable.cmd.ProcessState.ExitCode(),
			string(asJSON.out.Bytes()), string(asJSON.err.Bytes()), string(asTable.out.Bytes())}
	})
}

// finds checks the exit code and one finding.
func (r *gitRig) finds(code int, level, what, remedy string) {
	r.t.Helper()
	got, report := r.check()
	findsOnce(r.t, got, report, code, level, what, remedy)
}

func TestGitCheckFindsNothing(t *testing.T) {
	t.Parallel()
	r := newGitRig(t, "")
	r.signIn()
	r.azure.set(func(s *azureStand) { s.requests = nil })
	code, report := r.check()
	topics := map[string]bool{}
	for _, f := range report.Findings {
		topics[string(f.Topic)] = true
		if f.Level != "ok" || f.About != "https://dev.azure.com/contoso/project/_git/repository" && f.Topic != "git" {
			t.Errorf("found: %+v", f)
		}
	}
	if code != 0 || len(topics) != 8 { // all but network
		t.Errorf("exit code %d, topics %v", code, topics)
	}
	const fetch = "GET /contoso/project/_git/repository/info/refs"
	if !slices.Equal(r.azure.seen(), []string{fetch, fetch}) { // one for each format
		t.Errorf("requests %q", r.azure.seen())
	}
}
