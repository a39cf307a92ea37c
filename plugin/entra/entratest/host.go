package entratest

import (
	"net/http"
	"slices"
	"strings"
)

// addHost has the server answer as another host, too, or in place of what was added for it. A port other than 443 is part
// of the name.
func (s *Server) addHost(host string, routes []route) {
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.Handle(r.pattern, s.observed(r))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hosts[host] = mux
}

// hostOf is what answers at an address, such as "contoso.azurecr.io:443"; nil where nothing was added for it.
func (s *Server) hostOf(address string) *http.ServeMux {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hosts[strings.TrimSuffix(strings.ToLower(address), ":443")]
}

// byHost leads requests for a host that was added there, and all others to next. At the server's own address both are
// served.
func (s *Server) byHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if mux := s.hostOf(req.Host); mux != nil {
			if _, pattern := mux.Handler(req); pattern != "" {
				mux.ServeHTTP(w, req)
				return
			}
		}
		next.ServeHTTP(w, req)
	})
}

// leads reports whether the proxy leads where a request wants to go, which it notes down otherwise.
func (s *Server) leads(req *http.Request) bool {
	address := req.Host
	if req.Method != http.MethodConnect {
		address = "http://" + req.Host
	}
	if host, ok := strings.CutSuffix(address, ":443"); ok && slices.Contains(cloudHosts(), host) || s.hostOf(address) != nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.strangers = append(s.strangers, address)
	return false
}

// Strangers lists what the proxy was asked for and doesn't lead to, such as "contoso.azurecr.io.example.com:443", or
// "http://contoso.azurecr.io".
func (s *Server) Strangers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.strangers)
}
