//go:build unix

package main

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// hosts are names of Azure's services that a test answers for.
type hosts struct {
	w     *world
	ca    *entratest.Certificate
	made  sync.Map // of *tls.Certificate, by name
	serve *httptest.Server
}

// serve begins to answer for the world's hosts, and for those of Azure Resource Manager and of sign-in as the simulator
// does. It returns the proxy that leads there, which refuses all others, and the certificate of the authority to trust.
func (w *world) serve() (proxy string, top []byte) {
	w.Helper()
	w.hosts["management.azure.com"] = &httputil.ReverseProxy{Transport: w.sim.Client().Transport, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "https", Host: w.sim.Host})
	}}
	h := &hosts{w: w, ca: entratest.NewCertificate(w.sim, entratest.CertificateOptions{Subject: "hosts", CA: true})}
	h.serve = httptest.NewUnstartedServer(http.HandlerFunc(h.answer))
	h.serve.TLS = &tls.Config{GetCertificate: h.certificate}
	h.serve.StartTLS()
	w.Cleanup(h.serve.Close)
	w.port = h.serve.Listener.Addr().(*net.TCPAddr).Port
	leads := httptest.NewServer(http.HandlerFunc(h.connect))
	w.Cleanup(leads.Close)
	return leads.URL, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.ca.Chain[0].Raw})
}

func (h *hosts) answer(rw http.ResponseWriter, req *http.Request) {
	h.w.hosts[strings.TrimSuffix(req.Host, ":443")].ServeHTTP(rw, req)
}

func (h *hosts) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if made, ok := h.made.Load(hello.ServerName); ok {
		return made.(*tls.Certificate), nil
	}
	c := entratest.NewCertificate(h.w.sim, entratest.CertificateOptions{Subject: hello.ServerName, Issuer: h.ca, EC: true})
	made, _ := h.made.LoadOrStore(hello.ServerName, &tls.Certificate{Certificate: [][]byte{c.Chain[0].Raw}, PrivateKey: c.Key})
	return made.(*tls.Certificate), nil
}

func (h *hosts) connect(rw http.ResponseWriter, req *http.Request) {
	name, port, _ := net.SplitHostPort(req.Host)
	var where string
	switch {
	case req.Method != http.MethodConnect || port != "443":
	case h.w.hosts[name] != nil:
		where = h.serve.Listener.Addr().String()
	case name == publicHost:
		where = h.w.sim.Host
	}
	if where == "" {
		http.Error(rw, "no such host here: "+req.Host, http.StatusForbidden)
		return
	}
	there, err := net.DialTimeout("tcp", where, time.Minute)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadGateway)
		return
	}
	defer there.Close()
	here, buffered, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
	var both sync.WaitGroup
	both.Go(func() { io.Copy(there, buffered); there.(*net.TCPConn).CloseWrite() })
	both.Go(func() { io.Copy(here, there); here.(*net.TCPConn).CloseWrite() })
	both.Wait()
}
