package devops

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
)

// ours says whether a name that the proxy is asked for is the server's.
func (s *Server) ours(address string) bool {
	host, https := strings.CutSuffix(strings.ToLower(address), ":443")
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := s.sites[host]
	_, open := s.open[host]
	if https && (known || open || host == "dev.azure.com" || host == feedHost || strings.HasSuffix(host, oldDomain)) {
		return true
	}
	s.strangers = append(s.strangers, address)
	return false
}

// serveProxy is the CONNECT method of RFC 9110, section 9.3.6.
func (s *Server) serveProxy(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodConnect || !s.ours(req.Host) {
		http.Error(w, "this host is not reached through here", http.StatusForbidden)
		return
	}
	there, err := net.Dial("tcp", s.http.Listener.Addr().String())
	if err != nil {
		http.Error(w, "the server is gone", http.StatusBadGateway)
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
