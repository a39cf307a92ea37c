// Site renders the pages of entralogin as a static site: go run . OUT
//
// It takes README.md, SECURITY.md, the changelog, the help pages and the man pages of the repository that it stands in, and
// writes HTML that needs no server, no network and no script; with scripts it can be searched. The same pages give the same
// bytes.
package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

//go:embed site.css site.js icon.svg
var assets embed.FS

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run . OUT")
		os.Exit(2)
	}
	if err := write(os.DirFS(filepath.Join("..", "..")), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "site:", err)
		os.Exit(1)
	}
}

// write renders the repository's pages into a folder.
func write(repository fs.FS, out string) error {
	files, err := render(repository)
	if err != nil {
		return err
	}
	for name, content := range files {
		path := filepath.Join(out, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, content, 0o644)); err != nil {
			return err
		}
	}
	return nil
}
