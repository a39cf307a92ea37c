package artifacts

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
)

// A file of an archive.
type file struct{ name, text string }

// zipOf makes an archive, always the same one of the same files.
func zipOf(files ...file) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.Create(f.name)
		if err == nil {
			_, err = w.Write([]byte(f.text))
		}
		must(err)
	}
	must(z.Close())
	return b.Bytes()
}

// tarOf makes a compressed archive, always the same one of the same files.
func tarOf(files ...file) []byte {
	var b bytes.Buffer
	g := gzip.NewWriter(&b)
	t := tar.NewWriter(g)
	for _, f := range files {
		must(t.WriteHeader(&tar.Header{Name: f.name, Mode: 0o644, Size: int64(len(f.text))}))
		_, err := t.Write([]byte(f.text))
		must(err)
	}
	must(t.Close())
	must(g.Close())
	return b.Bytes()
}

// must panics over what can't fail: an archive in memory.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
