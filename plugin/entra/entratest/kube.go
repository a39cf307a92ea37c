package entratest

import (
	"net/http"
	"slices"
	"time"
)

// writeKubeStatus is a Kubernetes Status object.
func writeKubeStatus(w http.ResponseWriter, status int, message string) {
	reasons := map[int]string{401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 429: "TooManyRequests", 500: "InternalError", 503: "ServiceUnavailable"}
	writeJSON(w, status, map[string]any{
		"kind": "Status", "apiVersion": "v1", "metadata": map[string]any{}, "status": "Failure",
		"message": message, "reason": reasons[status], "code": status,
	})
}

// kubeUser checks the token as an API server does that trusts this issuer: access tokens for the server application,
// and ID tokens for the client.
func (s *Server) kubeUser(w http.ResponseWriter, req *http.Request) (map[string]any, bool) {
	raw, ok := bearer(req)
	if !ok {
		writeKubeStatus(w, http.StatusUnauthorized, "Unauthorized")
		return nil, false
	}
	claims, err := verifyForCluster(s, raw)
	aud, _ := claims["aud"].(string)
	if err != nil || !slices.Contains([]string{ServerID, aksServerID, arcServerID, ClientID, ClientID2, aksClientID}, aud) {
		writeKubeStatus(w, http.StatusUnauthorized, "Unauthorized")
		return nil, false
	}
	return claims, true
}

// serveWhoami is the SelfSubjectReview that `kubectl auth whoami` asks for.
func (s *Server) serveWhoami(w http.ResponseWriter, req *http.Request) {
	claims, ok := s.kubeUser(w, req)
	if !ok {
		return
	}
	groups := []any{}
	if g, ok := claims["groups"].([]any); ok {
		groups = append(groups, g...)
	}
	username := claims["preferred_username"]
	if claims["idtyp"] == "app" {
		username = claims["oid"] // as AKS knows an application
	}
	writeJSON(w, http.StatusCreated, map[string]any{
		"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1",
		"metadata": map[string]any{"creationTimestamp": s.now().UTC().Format(time.RFC3339)},
		"status": map[string]any{"userInfo": map[string]any{
			"username": username,
			"uid":      claims["oid"],
			"groups":   append(groups, "system:authenticated"),
			"extra":    map[string]any{"tenant": []any{claims["tid"]}, "audience": []any{claims["aud"]}},
		}},
	})
}

// authenticated serves a fixed object to whoever has a valid token.
func (s *Server) authenticated(w http.ResponseWriter, req *http.Request, object map[string]any) {
	if _, ok := s.kubeUser(w, req); ok {
		writeJSON(w, http.StatusOK, object)
	}
}

func (s *Server) serveKubeVersion(w http.ResponseWriter, req *http.Request) {
	s.authenticated(w, req, map[string]any{
		"major": "1", "minor": "33", "gitVersion": "v1.33.0-entrasim", "gitCommit": "0", "gitTreeState": "clean",
		"buildDate": "2025-01-01T00:00:00Z", "goVersion": "go1.26", "compiler": "gc", "platform": "linux/amd64",
	})
}

func (s *Server) serveKubeAPI(w http.ResponseWriter, req *http.Request) {
	s.authenticated(w, req, map[string]any{
		"kind": "APIVersions", "versions": []string{"v1"},
		"serverAddressByClientCIDRs": []map[string]string{{"clientCIDR": "0.0.0.0/0", "serverAddress": s.Host}},
	})
}

func (s *Server) serveKubeGroups(w http.ResponseWriter, req *http.Request) {
	version := map[string]string{"groupVersion": "authentication.k8s.io/v1", "version": "v1"}
	s.authenticated(w, req, map[string]any{
		"kind": "APIGroupList", "apiVersion": "v1",
		"groups": []any{map[string]any{"name": "authentication.k8s.io", "versions": []any{version}, "preferredVersion": version}},
	})
}

func (s *Server) serveKubeCore(w http.ResponseWriter, req *http.Request) {
	s.authenticated(w, req, resourceList("v1", map[string]any{"name": "namespaces", "singularName": "namespace", "namespaced": false,
		"kind": "Namespace", "verbs": []string{"get", "list"}, "shortNames": []string{"ns"}}))
}

func (s *Server) serveKubeAuthentication(w http.ResponseWriter, req *http.Request) {
	s.authenticated(w, req, resourceList("authentication.k8s.io/v1", map[string]any{"name": "selfsubjectreviews",
		"singularName": "selfsubjectreview", "namespaced": false, "kind": "SelfSubjectReview", "verbs": []string{"create"}}))
}

func resourceList(version string, resource map[string]any) map[string]any {
	return map[string]any{"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": []any{resource}}
}

func (s *Server) serveKubeNamespaces(w http.ResponseWriter, req *http.Request) {
	namespace := map[string]any{
		"kind": "Namespace", "apiVersion": "v1",
		"metadata": map[string]any{"name": "default", "uid": derivedGUID("namespace", "default"), "creationTimestamp": "2025-01-01T00:00:00Z"},
		"status":   map[string]any{"phase": "Active"},
	}
	s.authenticated(w, req, map[string]any{
		"kind": "NamespaceList", "apiVersion": "v1", "metadata": map[string]any{"resourceVersion": "1"}, "items": []any{namespace},
	})
}
