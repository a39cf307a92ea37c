// Package artifacts answers as the feeds of Azure Artifacts do: an index of Python's, one of npm, a sparse one of Cargo and
// one of NuGet, for any feed of an organisation that a simulated Azure DevOps has (package devops). That has checked the
// token before a request comes here.
//
// Each feed has one package, Name at Version, which says in its own language which feed it came from. A download is sent on
// to a store of blobs with a signature in its address, as Azure's are. The store refuses whoever brings a token along, for
// the token is nothing that it should see.
//
// The addresses follow:
//
//   - https://learn.microsoft.com/azure/devops/artifacts/quickstarts/python-packages
//   - https://learn.microsoft.com/azure/devops/artifacts/npm/npmrc
//   - https://learn.microsoft.com/azure/devops/artifacts/cargo/project-setup-cargo
//   - https://learn.microsoft.com/azure/devops/artifacts/nuget/nuget-exe
package artifacts

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/entralogin/entralogin/testdata/git/devops"
)

// The package of each feed.
const (
	Name    = "demo"
	Version = "1.0.0"
)

// Blobs is the host of the store that downloads are sent on to.
const Blobs = "contosovsblob.blob.core.windows.net"

// Feeds are those of all organisations. Their methods may be called from several goroutines.
type Feeds struct {
	signature string

	mu    sync.Mutex
	blobs map[string][]byte // by path
}

// Add adds feeds to a simulated Azure DevOps.
func Add(d *devops.Server) *Feeds {
	f := &Feeds{signature: rand.Text(), blobs: map[string][]byte{}}
	d.HandleFeeds(f)
	d.HandleHost(Blobs, http.HandlerFunc(f.serveBlob))
	return f
}

// A feed is one of an organisation, or of a project of it.
type feed struct {
	base string // its address
	name string // "contoso/tools/deps": organisation, project, feed
}

// ServeHTTP answers below /ORGANISATION/[PROJECT/]_packaging/FEED/, whatever the host. Who may ask is settled by then.
func (f *Feeds) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	place, rest, _ := strings.Cut(req.URL.Path, "/_packaging/")
	name, path, found := strings.Cut(rest, "/")
	if !found || name == "" || strings.Count(place, "/") > 2 {
		http.NotFound(w, req)
		return
	}
	at := feed{base: "https://" + req.Host + place + "/_packaging/" + name, name: place[1:] + "/" + name}
	if organization, project, _ := strings.Cut(place[1:], "/"); strings.HasPrefix(req.Host, organization+".") { // as devops has it
		at.base = "https://" + req.Host + strings.TrimSuffix("/"+project, "/") + "/_packaging/" + name
		at.name = organization + "/" + strings.TrimPrefix(project+"/"+name, "/")
	}
	kind, path, _ := strings.Cut(path, "/")
	switch kind {
	case "pypi":
		f.servePython(w, req, at, path)
	case "npm":
		f.serveNPM(w, req, at, path)
	case "Cargo":
		f.serveCargo(w, req, at, path)
	case "nuget":
		f.serveNuGet(w, req, at, path)
	default:
		http.NotFound(w, req)
	}
}

// download sends on to the store of blobs, which has the file from now on.
func (f *Feeds) download(w http.ResponseWriter, req *http.Request, at feed, file string, content []byte) {
	path := "/" + at.name + "/" + file
	f.mu.Lock()
	f.blobs[path] = content
	f.mu.Unlock()
	to := url.URL{Scheme: "https", Host: Blobs, Path: path, RawQuery: url.Values{"sig": {f.signature}}.Encode()}
	http.Redirect(w, req, to.String(), http.StatusSeeOther)
}

func (f *Feeds) serveBlob(w http.ResponseWriter, req *http.Request) {
	f.mu.Lock()
	content, ok := f.blobs[req.URL.Path]
	f.mu.Unlock()
	switch {
	case req.Header.Get("Authorization") != "":
		http.Error(w, "InvalidAuthenticationInfo: a token came along", http.StatusBadRequest)
	case req.URL.Query().Get("sig") != f.signature:
		http.Error(w, "AuthenticationFailed", http.StatusForbidden)
	case !ok:
		http.Error(w, "BlobNotFound", http.StatusNotFound)
	default:
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Write(content)
	}
}

// answer writes a JSON document.
func answer(w http.ResponseWriter, document any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(document)
}

func sha256Of(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
