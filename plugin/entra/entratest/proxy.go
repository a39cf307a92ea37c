package entratest

import (
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// publicHost is where older libraries ask about every authority that they don't know, and can't be told not to.
const publicHost = "login.microsoftonline.com"

// cloudHosts are those of the sign-in services of Microsoft's clouds, and of services of the public one.
func cloudHosts() []string {
	return []string{publicHost, "management.azure.com", "graph.microsoft.com", VaultHost, "login.microsoftonline.us", "login.partner.microsoftonline.cn",
		"login.sovcloud-identity.fr", "login.sovcloud-identity.de", "login.sovcloud-identity.sg"}
}

// WithProxy also starts an HTTP proxy at Server.ProxyURL that leads the sign-in services of Microsoft's clouds, its Azure
// Resource Manager, its Microsoft Graph, one Key Vault and what AddRegistry and SetOrganizations add to the simulator and
// refuses every other host. With HTTPS_PROXY set to it, and NO_PROXY to 127.0.0.1, programs such as Debian's Azure CLI get
// their instance discovery answered, although they ask Microsoft for it whatever their configuration says.
func WithProxy() Option { return func(s *Server) { s.proxied = true } }

func (s *Server) startProxy() error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.listeners = append(s.listeners, ln)
	s.ProxyURL = "http://" + ln.Addr().String()
	s.proxy = &http.Server{Handler: http.HandlerFunc(s.serveProxy), ReadHeaderTimeout: 30 * time.Second}
	go s.proxy.Serve(ln)
	return nil
}

// serveProxy is the CONNECT method of RFC 9110, section 9.3.6.
func (s *Server) serveProxy(w http.ResponseWriter, req *http.Request) {
	if !s.leads(req) {
		http.Error(w, "only Microsoft's clouds are reached through here", http.StatusForbidden)
		return
	}
	there, err := net.Dial("tcp", s.Host)
	if err != nil {
		http.Error(w, "the simulator is gone", http.StatusBadGateway)
		return
	}
	defer there.Close()
	here, buffered, err := http.NewResponseController(w).Hijack()
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
