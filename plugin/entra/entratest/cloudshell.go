package entratest

import (
	"net/http"
	"slices"
	"strings"
)

// StartCloudShell stands in for the token service of the Cloud Shell. Its tokens are those of the person whose shell it
// is, and of few resources: a Kubernetes cluster is none of them.
// https://learn.microsoft.com/azure/cloud-shell/msi-authorization
func StartCloudShell(s *Server, person string) (*Machine, error) {
	u, ok := findUser(person)
	if !ok {
		u, _ = findUser(Alice)
	}
	m, err := startMachine(s, place{route: "cloudshell", path: "/oauth2/token", methods: []string{"POST"},
		serve: func(m *Machine, w http.ResponseWriter, req *http.Request) { m.serveCloudShell(u, w, req) }})
	if err == nil {
		m.Env = []string{"MSI_ENDPOINT=" + m.URL}
	}
	return m, err
}

func (m *Machine) serveCloudShell(u user, w http.ResponseWriter, req *http.Request) {
	resource := req.PostFormValue("resource")
	known := []string{azureManageURL, azureARMURL, graphURL, azureDevOpsID}
	switch {
	case req.Header.Get("Metadata") != "true":
		writeCodedError(w, http.StatusBadRequest, "MissingHeader", "The required header 'Metadata' is missing.")
		return
	case resource == "":
		writeCodedError(w, http.StatusBadRequest, "MissingParameter", "The required parameter 'resource' is missing.")
		return
	case !slices.Contains(known, strings.TrimSuffix(resource, "/")):
		writeCodedError(w, http.StatusBadRequest, "AudienceNotSupported", "Audience "+resource+" is not a supported MSI token audience.")
		return
	}
	issued, refused := m.server.issueTokens(issue{user: u, client: azureCLI, tenant: u.home, scope: resource + "/.default"})
	if refused != nil {
		writeCodedError(w, http.StatusBadRequest, "InternalServerError", refused.numbered())
		return
	}
	claims, _ := m.server.parseToken(str(issued["access_token"]))
	writeJSON(w, http.StatusOK, map[string]any{"access_token": issued["access_token"], "refresh_token": "", "token_type": "Bearer", "resource": resource,
		"expires_in": whole(issued["expires_in"]), "expires_on": whole(claims["exp"]), "not_before": whole(claims["nbf"])})
}
