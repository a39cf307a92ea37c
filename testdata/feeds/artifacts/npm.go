package artifacts

import (
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"net/http"
)

const tarball = Name + "-" + Version + ".tgz"

// serveNPM answers below npm/: https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md
func (f *Feeds) serveNPM(w http.ResponseWriter, req *http.Request, at feed, path string) {
	content := tarballOf(at)
	switch path {
	case "registry/" + Name:
		sum := sha512.Sum512(content)
		answer(w, map[string]any{
			"name":      Name,
			"dist-tags": map[string]string{"latest": Version},
			"versions": map[string]any{Version: map[string]any{
				"name":    Name,
				"version": Version,
				"dist": map[string]string{
					"tarball":   at.base + "/npm/registry/" + Name + "/-/" + tarball,
					"integrity": "sha512-" + base64.StdEncoding.EncodeToString(sum[:]),
				},
			}},
		})
	case "registry/" + Name + "/-/" + tarball:
		f.download(w, req, at, tarball, content)
	default:
		http.NotFound(w, req)
	}
}

// tarballOf is a package whose module is the name of the feed.
func tarballOf(at feed) []byte {
	return tarOf(
		file{"package/package.json", fmt.Sprintf(`{"name": %q, "version": %q, "main": "index.js"}`, Name, Version)},
		file{"package/index.js", fmt.Sprintf("module.exports = %q;\n", at.name)},
	)
}
