package artifacts

import (
	"fmt"
	"net/http"
)

// serveCargo answers below Cargo/, where the index says that nothing is to be had without a token:
// https://doc.rust-lang.org/cargo/reference/registry-index.html
func (f *Feeds) serveCargo(w http.ResponseWriter, req *http.Request, at feed, path string) {
	content := crateOf(at)
	switch path {
	case "index/config.json":
		answer(w, map[string]any{"dl": at.base + "/Cargo/crates", "api": at.base + "/Cargo", "auth-required": true})
	case "index/" + Name[:2] + "/" + Name[2:] + "/" + Name:
		answer(w, map[string]any{"name": Name, "vers": Version, "deps": []any{}, "cksum": sha256Of(content),
			"features": map[string]any{}, "yanked": false})
	case "crates/" + Name + "/" + Version + "/download":
		f.download(w, req, at, Name+"-"+Version+".crate", content)
	default:
		http.NotFound(w, req)
	}
}

// crateOf is a library with the constant FEED.
func crateOf(at feed) []byte {
	const folder = Name + "-" + Version + "/"
	return tarOf(
		file{folder + "Cargo.toml", fmt.Sprintf("[package]\nname = %q\nversion = %q\nedition = \"2021\"\n", Name, Version)},
		file{folder + "src/lib.rs", fmt.Sprintf("pub const FEED: &str = %q;\n", at.name)},
	)
}
