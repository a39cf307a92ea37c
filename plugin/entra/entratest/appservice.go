package entratest

import "net/http"

// StartAppService stands in for the token service of App Service and Azure Functions.
// https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
func StartAppService(s *Server) (*Machine, error) {
	m, err := startMachine(s, place{route: "appservice", path: "/msi/token", serve: (*Machine).serveAppService})
	if err == nil {
		m.Env = []string{"IDENTITY_ENDPOINT=" + m.URL, "IDENTITY_HEADER=" + m.secret}
	}
	return m, err
}

func (m *Machine) serveAppService(w http.ResponseWriter, req *http.Request) {
	m.appService(w, req, "X-IDENTITY-HEADER", "2019-08-01", map[string]field{"client_id": byClient, "principal_id": byObject, "object_id": byObject, "mi_res_id": byResource})
}

// appService answers in the words that App Service and Azure Machine Learning share.
func (m *Machine) appService(w http.ResponseWriter, req *http.Request, header, version string, fields map[string]field) {
	query := req.URL.Query()
	switch {
	case req.Header.Get(header) != m.secret:
		writeAppServiceError(w, http.StatusUnauthorized, "The header "+header+" is missing or wrong.")
		return
	case query.Get("api-version") != version:
		writeAppServiceError(w, http.StatusBadRequest, "The HTTP resource that matches the request URI is not supported in the API version '"+query.Get("api-version")+"'.")
		return
	case query.Get("resource") == "":
		writeAppServiceError(w, http.StatusBadRequest, "The parameter 'resource' is missing.")
		return
	}
	id, _, refused := m.pick(query, fields)
	if refused != nil {
		writeAppServiceError(w, http.StatusBadRequest, "Unable to load the proper Managed Identity.")
		return
	}
	t, refused := m.issue(id, query.Get("resource"))
	if refused != nil {
		writeAppServiceError(w, http.StatusBadRequest, refused.numbered())
		return
	}
	writeJSON(w, http.StatusOK, t.answer())
}

func writeAppServiceError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]any{"statusCode": status, "message": message, "correlationId": newGUID()})
}

// StartAzureML stands in for the token service of Azure Machine Learning's compute instances, which is App Service's of
// 2017: another header, and client IDs alone. The variable names the compute's own identity.
func StartAzureML(s *Server) (*Machine, error) {
	m, err := startMachine(s, place{route: "azureml", path: "/msi/token", serve: (*Machine).serveAzureML})
	if err == nil {
		m.Env = []string{"MSI_ENDPOINT=" + m.URL, "MSI_SECRET=" + m.secret, "DEFAULT_IDENTITY_CLIENT_ID=" + SystemIdentity().ClientID}
	}
	return m, err
}

func (m *Machine) serveAzureML(w http.ResponseWriter, req *http.Request) {
	m.appService(w, req, "secret", "2017-09-01", map[string]field{"clientid": byClient})
}
