package entratest

import (
	"net/http"
	"slices"
)

// A route is one endpoint. Its name is what Fault and Requests take.
type route struct {
	name    string
	pattern string // of http.ServeMux, without a method
	methods []string
	serve   http.HandlerFunc
}

func (s *Server) routes() []route {
	get, post := []string{"GET", "HEAD"}, []string{"POST"}
	routes := []route{
		{"openid-configuration", "/{tenant}/v2.0/.well-known/openid-configuration", get, s.serveConfiguration},
		{"keys", "/{tenant}/discovery/v2.0/keys", get, s.serveKeys},
		{"instance", "/common/discovery/instance", get, s.serveInstance},
		{"devicecode", "/{tenant}/oauth2/v2.0/devicecode", post, s.serveDeviceCode},
		{"authorize", "/{tenant}/oauth2/v2.0/authorize", []string{"GET", "HEAD", "POST"}, s.serveAuthorize},
		{"token", "/{tenant}/oauth2/v2.0/token", post, s.serveToken},
		{"whoami", "/apis/authentication.k8s.io/v1/selfsubjectreviews", post, s.serveWhoami},
		{"version", "/version", get, s.serveKubeVersion},
		{"kube", "/api", get, s.serveKubeAPI},
		{"kube", "/api/v1", get, s.serveKubeCore},
		{"kube", "/api/v1/namespaces", get, s.serveKubeNamespaces},
		{"kube", "/apis", get, s.serveKubeGroups},
		{"kube", "/apis/authentication.k8s.io/v1", get, s.serveKubeAuthentication},
		{"arm", "/tenants", get, s.serveARMTenants},
		{"arm", "/subscriptions", get, s.serveARMSubscriptions},
		{"arm", "/subscriptions/{subscription}", get, s.serveARMSubscription},
		{"vault", "/secrets/{name}", []string{"GET", "HEAD", "PUT", "DELETE"}, s.serveVaultSecret},
		{"page", "/devicelogin", []string{"GET", "HEAD", "POST"}, s.servePage},
	}
	for _, version := range []string{"/v1.0", "/beta"} {
		routes = append(routes, route{"me", version + "/me", get, s.serveMe},
			route{"manager", version + "/me/manager", get, s.serveManager},
			route{"memberOf", version + "/me/memberOf", get, s.serveMemberOf},
			route{"users", version + "/users", get, s.serveUsers},
			route{"user", version + "/users/{user}", get, s.serveUser},
			route{"graph", version + "/{segment}", get, s.serveNoSegment})
	}
	return routes
}

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.Handle(r.pattern, s.observed(r))
	}
	for _, r := range s.controls() {
		mux.Handle(r.pattern, s.observed(r))
	}
	mux.Handle("/", s.observed(route{name: "unknown", serve: http.NotFound}))
	return s.byHost(mux)
}

// aside says whether an endpoint is the tests' own doing, which neither "*" of Fault nor "*" of Requests means.
func aside(name string) bool { return name == "page" || name == "authorize" || name == "control" }

// allowed answers a request with the wrong method and reports false.
func (r route) allowed(w http.ResponseWriter, req *http.Request) bool {
	if r.methods == nil || slices.Contains(r.methods, req.Method) {
		return true
	}
	w.Header().Set("Allow", r.methods[0])
	if r.name == "token" || r.name == "devicecode" {
		writeOAuthError(w, req, &OAuthError{Error: "invalid_request", AADSTS: 900561,
			Description: "The endpoint only accepts POST requests. Received a " + req.Method + " request."})
		return false
	}
	http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	return false
}
