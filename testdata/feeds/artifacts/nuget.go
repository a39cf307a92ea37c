package artifacts

import (
	"fmt"
	"net/http"
)

const nupkg = Name + "." + Version + ".nupkg"

// serveNuGet answers below nuget/: https://learn.microsoft.com/nuget/api/overview
func (f *Feeds) serveNuGet(w http.ResponseWriter, req *http.Request, at feed, path string) {
	const flat = "v3/flat2/" + Name + "/"
	switch path {
	case "v3/index.json":
		answer(w, map[string]any{"version": "3.0.0", "resources": []any{
			map[string]string{"@id": at.base + "/nuget/v3/flat2/", "@type": "PackageBaseAddress/3.0.0"},
		}})
	case flat + "index.json":
		answer(w, map[string]any{"versions": []string{Version}})
	case flat + Version + "/" + nupkg:
		f.download(w, req, at, nupkg, nupkgOf(at))
	default:
		http.NotFound(w, req)
	}
}

// nupkgOf is a package with the name of the feed as its description.
func nupkgOf(at feed) []byte {
	return zipOf(file{Name + ".nuspec", fmt.Sprintf("<?xml version=\"1.0\"?><package><metadata><id>%s</id><version>%s</version>"+
		"<authors>Contoso</authors><description>%s</description></metadata></package>", Name, Version, at.name)})
}
