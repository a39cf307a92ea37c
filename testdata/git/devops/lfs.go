package devops

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const mediaType = "application/vnd.git-lfs+json"

var objectID = regexp.MustCompile(`^[0-9a-f]{64}$`)

// An object is one line of a batch, in and out.
type object struct {
	OID     string            `json:"oid"`
	Size    int64             `json:"size"`
	Actions map[string]action `json:"actions,omitempty"`
	Error   *objectError      `json:"error,omitempty"`
}

type action struct {
	Href string `json:"href"`
}

type objectError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// serveLFS keeps the objects of git-lfs: the batch says where each goes to or comes from, which is here.
func (s *Server) serveLFS(w http.ResponseWriter, req *http.Request, path string) {
	repository, rest, _ := strings.Cut(path, "/info/lfs/")
	dir := filepath.Join(s.root, "lfs", filepath.FromSlash(strings.TrimSuffix(repository, ".git")))
	oid := strings.TrimPrefix(rest, "objects/")
	switch {
	case req.Method == http.MethodPost && rest == "objects/batch":
		serveBatch(w, req, dir)
	case !objectID.MatchString(oid):
		http.NotFound(w, req)
	case req.Method == http.MethodPut:
		keepObject(w, req, filepath.Join(dir, oid), oid)
	default:
		http.ServeFile(w, req, filepath.Join(dir, oid))
	}
}

func serveBatch(w http.ResponseWriter, req *http.Request, dir string) {
	var batch struct {
		Operation string
		Objects   []object
	}
	if err := json.NewDecoder(req.Body).Decode(&batch); err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	base := "https://" + req.Host + strings.TrimSuffix(req.URL.Path, "batch")
	for i := range batch.Objects {
		o := &batch.Objects[i]
		_, err := os.Stat(filepath.Join(dir, o.OID))
		switch {
		case !objectID.MatchString(o.OID):
			o.Error = &objectError{http.StatusUnprocessableEntity, "not an object ID"}
		case batch.Operation == "download" && err != nil:
			o.Error = &objectError{http.StatusNotFound, "no such object"}
		case batch.Operation == "download" || err != nil:
			o.Actions = map[string]action{batch.Operation: {Href: base + o.OID}}
		}
	}
	w.Header().Set("Content-Type", mediaType)
	json.NewEncoder(w).Encode(map[string]any{"transfer": "basic", "objects": batch.Objects})
}

// keepObject stores an upload whose content has the ID that it goes by.
func keepObject(w http.ResponseWriter, req *http.Request, file, oid string) {
	content, err := io.ReadAll(req.Body)
	if sum := sha256.Sum256(content); err != nil || hex.EncodeToString(sum[:]) != oid {
		http.Error(w, "the content is another object", http.StatusUnprocessableEntity)
		return
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if err := os.WriteFile(file, content, 0o600); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}
