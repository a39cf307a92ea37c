package entratest

import (
	"crypto/sha1"
	"fmt"
	"net/http"
	"strings"
)

// StartServiceFabric stands in for the token service of a Service Fabric node. Its certificate is signed by itself; a
// client knows it by its thumbprint. The identity is that of the application: no request chooses one.
// https://learn.microsoft.com/azure/service-fabric/how-to-managed-identity-service-fabric-app-code
func StartServiceFabric(s *Server) (*Machine, error) {
	leaf, _, err := selfSigned("localhost")
	if err != nil {
		return nil, err
	}
	m, err := startMachine(s, place{route: "servicefabric", path: "/metadata/identity/oauth2/token", leaf: &leaf, serve: (*Machine).serveServiceFabric})
	if err == nil {
		m.Env = []string{"IDENTITY_ENDPOINT=" + m.URL, "IDENTITY_HEADER=" + m.secret, "IDENTITY_API_VERSION=2019-07-01-preview",
			fmt.Sprintf("IDENTITY_SERVER_THUMBPRINT=%X", sha1.Sum(leaf.Certificate[0]))}
	}
	return m, err
}

func (m *Machine) serveServiceFabric(w http.ResponseWriter, req *http.Request) {
	query := req.URL.Query()
	switch {
	case req.Header.Get("Secret") == "":
		writeCodedError(w, http.StatusBadRequest, "SecretHeaderNotFound", "Secret is not found in the request headers.")
		return
	case req.Header.Get("Secret") != m.secret:
		writeCodedError(w, http.StatusNotFound, "ManagedIdentityNotFound", "Managed identity is not found for the specified application host.")
		return
	case query.Get("api-version") != "2019-07-01-preview":
		writeCodedError(w, http.StatusBadRequest, "InvalidApiVersion", "The api-version '"+query.Get("api-version")+"' is not supported. Supported version is '2019-07-01-preview'.")
		return
	case query.Get("resource") == "":
		writeCodedError(w, http.StatusBadRequest, "ArgumentNullOrEmpty", "The parameter 'resource' should not be null or empty string.")
		return
	}
	id, _, refused := m.pick(query, nil)
	if refused != nil {
		writeCodedError(w, http.StatusNotFound, "ManagedIdentityNotFound", "Managed identity is not found for the specified application host.")
		return
	}
	t, refused := m.issue(id, query.Get("resource"))
	if refused != nil {
		writeCodedError(w, http.StatusInternalServerError, "InternalServerError", strings.TrimSpace(refused.numbered()))
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"token_type": "Bearer", "access_token": t.raw, "expires_on": t.ends.Unix(), "resource": t.resource})
}

// writeCodedError is the form of Service Fabric and of the Cloud Shell.
func writeCodedError(w http.ResponseWriter, status int, code, message string) {
	writeJSON(w, status, map[string]any{"error": map[string]string{"correlationId": newGUID(), "code": code, "message": message}})
}
