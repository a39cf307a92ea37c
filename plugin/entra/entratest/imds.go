package entratest

import (
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// IMDSAddress is where Azure's virtual machines find the Instance Metadata Service.
const IMDSAddress = "169.254.169.254:80"

// StartIMDS stands in for the Instance Metadata Service of a virtual machine, at a loopback address ("" is a free port), or
// at IMDSAddress where that is the machine's own: in a network of one's own (see Alone).
// https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
func StartIMDS(s *Server, addr string) (*Machine, error) {
	if addr != "" && addr != IMDSAddress {
		if err := checkLoopback(addr); err != nil {
			return nil, err
		}
	}
	// Elsewhere than at its address it is AKS's older pod identity, to which msal-node sends a slash at the end.
	m, err := startMachine(s, place{route: "imds", path: "/metadata/identity/oauth2/token", slash: addr != IMDSAddress, addr: addr, serve: (*Machine).serveIMDS})
	if err != nil {
		return nil, err
	}
	if host, _, _ := net.SplitHostPort(m.listener.Addr().String()); host != "169.254.169.254" {
		m.Env = []string{"AZURE_POD_IDENTITY_AUTHORITY_HOST=http://" + m.listener.Addr().String()} // which few clients read
	}
	return m, nil
}

func (m *Machine) serveIMDS(w http.ResponseWriter, req *http.Request) {
	query := req.URL.Query()
	switch version := query.Get("api-version"); {
	case req.Header.Get("X-Forwarded-For") != "": // somebody is led here from elsewhere
		writeMetadataError(w, http.StatusBadRequest, "invalid_request", "Requests with an X-Forwarded-For header are not allowed")
		return
	case req.Header.Get("Metadata") != "true":
		writeMetadataError(w, http.StatusBadRequest, "bad_request_102", "Required metadata header not specified")
		return
	case !isDate(version) || version < "2018-02-01":
		writeMetadataError(w, http.StatusBadRequest, "invalid_request", "api-version is invalid or was not specified in the request")
		return
	case query.Get("resource") == "":
		writeMetadataError(w, http.StatusBadRequest, "invalid_request", "Required query variable 'resource' is missing")
		return
	}
	t, parameter, refused := m.metadataToken(req)
	if refused != nil {
		writeMetadataError(w, refused.status(), refused.Error, refused.numbered())
		return
	}
	left := strconv.Itoa(int(t.ends.Sub(m.server.now()).Round(time.Second) / time.Second))
	answer := t.answer()
	answer["expires_in"], answer["ext_expires_in"] = left, left
	if parameter != "" {
		answer[parameter] = query.Get(parameter)
	}
	writeJSON(w, http.StatusOK, answer)
}

// metadataToken is a token for a request with the parameters of the metadata service.
func (m *Machine) metadataToken(req *http.Request) (machineToken, string, *OAuthError) {
	query := req.URL.Query()
	id, parameter, refused := m.pick(query, map[string]field{"client_id": byClient, "object_id": byObject, "msi_res_id": byResource})
	if refused != nil {
		return machineToken{}, "", refused
	}
	t, refused := m.issue(id, query.Get("resource"))
	return t, parameter, refused
}

func writeMetadataError(w http.ResponseWriter, status int, code, description string) {
	writeJSON(w, status, map[string]string{"error": code, "error_description": description})
}

// isDate tells the form of an API version, which may have a suffix.
func isDate(version string) bool {
	_, err := time.Parse(time.DateOnly, version[:min(len(version), len(time.DateOnly))])
	return err == nil
}

func sameFold(a, b string) bool { return a != "" && strings.EqualFold(a, b) }
