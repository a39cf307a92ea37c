package entratest

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Where Azure Arc's agent for Linux listens, and the folder into which it puts what proves that a program may read it.
const (
	ArcAddress = "127.0.0.1:40342"
	ArcKeys    = "/var/opt/azcmagent/tokens"
)

// An Arc stands in for the metadata service of Azure Arc's agent on a server of one's own.
// https://learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication
type Arc struct {
	*Machine
	keys string            // the folder
	key  map[string]string // the files that were not used yet, by their content
	old  bool
}

// StartArc listens at a loopback address ("" is a free port) and writes its keys into a folder: ArcAddress and ArcKeys for
// clients that take no others (see Alone).
func StartArc(s *Server, addr, keys string) (*Arc, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	if err := checkLoopback(addr); err != nil {
		return nil, err
	}
	a := &Arc{keys: keys, key: map[string]string{}}
	m, err := startMachine(s, place{route: "arc", path: "/metadata/identity/oauth2/token", addr: addr,
		serve: func(_ *Machine, w http.ResponseWriter, req *http.Request) { a.serve(w, req) }})
	if err != nil {
		return nil, err
	}
	a.Machine = m
	m.Env = []string{"IDENTITY_ENDPOINT=" + m.URL, "IMDS_ENDPOINT=http://" + m.listener.Addr().String()}
	return a, nil
}

// Close also removes the keys that nobody used.
func (a *Arc) Close() {
	a.Machine.Close()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, path := range a.key {
		os.Remove(path)
	}
}

// SetOld makes it an agent that knows no user-assigned identities: whichever is asked for, it gives the system-assigned
// one's token and says nothing.
func (a *Arc) SetOld(old bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.old = old
}

func (a *Arc) serve(w http.ResponseWriter, req *http.Request) {
	query := req.URL.Query()
	switch {
	case req.Header.Get("Metadata") != "true":
		writeMetadataError(w, http.StatusBadRequest, "invalid_request", "Required metadata header not specified")
		return
	case !slices.Contains([]string{"2019-08-15", "2019-11-01", "2020-06-01", "2021-02-01"}, query.Get("api-version")):
		writeMetadataError(w, http.StatusBadRequest, "invalid_request", "api-version is invalid or was not specified in the request")
		return
	case query.Get("resource") == "":
		writeMetadataError(w, http.StatusBadRequest, "invalid_request", "Required query variable 'resource' is missing")
		return
	}
	if !a.proved(req.Header.Get("Authorization")) {
		a.challenge(w)
		return
	}
	if a.isOld() {
		for _, name := range []string{"client_id", "object_id", "msi_res_id"} {
			query.Del(name)
		}
		req.URL.RawQuery = query.Encode()
	}
	t, parameter, refused := a.metadataToken(req)
	if refused != nil {
		writeMetadataError(w, refused.status(), refused.Error, refused.numbered())
		return
	}
	answer := t.answer()
	delete(answer, "client_id") // the agent names the identity only if it was asked for
	answer["expires_in"] = whole(t.ends.Sub(a.server.now()).Seconds())
	if parameter != "" {
		answer[parameter] = query.Get(parameter)
	}
	writeJSON(w, http.StatusOK, answer)
}

func (a *Arc) isOld() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.old
}

// challenge writes a key that serves once, for the members of the agent's group to read, and names its file.
func (a *Arc) challenge(w http.ResponseWriter) {
	key, path := newSecret(32), filepath.Join(a.keys, newGUID()+".key")
	if err := os.WriteFile(path, []byte(key), 0o440); err != nil {
		writeMetadataError(w, http.StatusInternalServerError, "internal_error", err.Error())
		return
	}
	a.server.keepSecrets(key)
	a.mu.Lock()
	a.key[key] = path
	a.mu.Unlock()
	w.Header().Set("WWW-Authenticate", "Basic realm="+path)
	writeMetadataError(w, http.StatusUnauthorized, "unauthorized_client", "Missing Basic Authorization header")
}

// proved says whether a header has a key of a file, and takes the key.
func (a *Arc) proved(header string) bool {
	key, ok := strings.CutPrefix(header, "Basic ")
	a.mu.Lock()
	defer a.mu.Unlock()
	if !ok || a.key[key] == "" {
		return false
	}
	os.Remove(a.key[key])
	delete(a.key, key)
	return true
}
