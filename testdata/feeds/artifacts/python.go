package artifacts

import (
	"fmt"
	"net/http"
)

const wheel = Name + "-" + Version + "-py3-none-any.whl"

// servePython answers below pypi/: https://packaging.python.org/en/latest/specifications/simple-repository-api/
func (f *Feeds) servePython(w http.ResponseWriter, req *http.Request, at feed, path string) {
	content := wheelOf(at)
	switch path {
	case "simple/":
		fmt.Fprintf(w, "<!DOCTYPE html><a href=%q>%s</a>\n", Name+"/", Name)
	case "simple/" + Name + "/":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!DOCTYPE html><a href=\"%s/pypi/download/%s/%s/%s#sha256=%s\">%s</a>\n",
			at.base, Name, Version, wheel, sha256Of(content), wheel)
	case "download/" + Name + "/" + Version + "/" + wheel:
		f.download(w, req, at, wheel, content)
	default:
		http.NotFound(w, req)
	}
}

// wheelOf is a package as https://packaging.python.org/en/latest/specifications/binary-distribution-format/ has it.
// `python -m demo` says where it came from.
func wheelOf(at feed) []byte {
	const info = Name + "-" + Version + ".dist-info/"
	return zipOf(
		file{Name + "/__init__.py", ""},
		file{Name + "/__main__.py", fmt.Sprintf("print(%q)\n", at.name)},
		file{info + "METADATA", "Metadata-Version: 2.1\nName: " + Name + "\nVersion: " + Version + "\n"},
		file{info + "WHEEL", "Wheel-Version: 1.0\nGenerator: entralogin\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
		file{info + "RECORD", Name + "/__init__.py,,\n" + Name + "/__main__.py,,\n" + info + "METADATA,,\n" + info + "WHEEL,,\n" + info + "RECORD,,\n"},
	)
}
