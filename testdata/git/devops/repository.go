package devops

import (
	"bytes"
	"io"
	"net/http"
	"net/http/cgi"
)

// serveGit hands a request to `git http-backend`, which takes pushes from whoever is signed in.
func (s *Server) serveGit(w http.ResponseWriter, req *http.Request, path string) {
	// CGI needs to know the length, which git does not say of a large push.
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	passed := req.Clone(req.Context())
	passed.Body, passed.ContentLength, passed.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	passed.URL.Path = path
	backend := cgi.Handler{
		Path: s.backend,
		Env: []string{"GIT_PROJECT_ROOT=" + s.root, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=somebody",
			"GIT_PROTOCOL=" + req.Header.Get("Git-Protocol"), "GIT_CONFIG_NOSYSTEM=1"},
	}
	backend.ServeHTTP(w, passed)
}
