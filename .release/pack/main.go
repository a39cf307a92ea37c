// Pack writes archives whose bytes depend on nothing but what they hold: names in order, one time, which
// SOURCE_DATE_EPOCH states, and root as the owner. The machine's own tar, gzip and zip differ between machines.
//
//	pack NAME.tar FOLDER       what lies in the folder; likewise NAME.tar.gz and NAME.zip
//	pack NAME.gz FILE          one file
//
// Of an image's layer, what lies below home/ belongs to the user whose number -home states.
package main

import (
	"archive/tar"
	"archive/zip"
	"compress/flate"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

func main() {
	home := flag.Int("home", 0, "`number` of the user to whom what lies below home/ belongs")
	flag.Parse()
	if err := pack(flag.Arg(0), flag.Arg(1), *home); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func pack(target, source string, home int) error {
	seconds, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		return fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	out, err := os.Create(target)
	if err != nil {
		return err
	}
	defer out.Close()
	at := time.Unix(seconds, 0).UTC()
	switch {
	case strings.HasSuffix(target, ".zip"):
		err = writeZip(out, source, at)
	case strings.HasSuffix(target, ".tar"):
		err = writeTar(out, source, at, home)
	case strings.HasSuffix(target, ".tar.gz"):
		err = zipped(out, func(w io.Writer) error { return writeTar(w, source, at, home) })
	default:
		err = zipped(out, func(w io.Writer) error { return copyFile(w, source) })
	}
	if err != nil {
		return err
	}
	return out.Close()
}

// zipped is gzip -9n.
func zipped(out io.Writer, write func(io.Writer) error) error {
	w, err := gzip.NewWriterLevel(out, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := write(w); err != nil {
		return err
	}
	return w.Close()
}

func writeTar(out io.Writer, folder string, at time.Time, home int) error {
	w := tar.NewWriter(out)
	err := walk(folder, func(path, name string, info fs.FileInfo) error {
		target := ""
		if info.Mode()&fs.ModeSymlink != 0 {
			var err error
			if target, err = os.Readlink(path); err != nil {
				return err
			}
		}
		h, err := tar.FileInfoHeader(bare{info}, target)
		if err != nil {
			return err
		}
		h.Name, h.ModTime = name, at
		if strings.HasPrefix(name, "home/") && name != "home/" {
			h.Uid, h.Gid = home, home
		}
		if err := w.WriteHeader(h); err != nil || !info.Mode().IsRegular() {
			return err
		}
		return copyFile(w, path)
	})
	if err != nil {
		return err
	}
	return w.Close()
}

func writeZip(out io.Writer, folder string, at time.Time) error {
	w := zip.NewWriter(out)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(out, flate.BestCompression)
	})
	err := walk(folder, func(path, name string, info fs.FileInfo) error {
		h, err := zip.FileInfoHeader(info)
		if err != nil {
			return err
		}
		h.Name, h.Modified = name, at
		if info.IsDir() {
			_, err := w.CreateHeader(h)
			return err
		}
		h.Method = zip.Deflate
		entry, err := w.CreateHeader(h)
		if err != nil {
			return err
		}
		return copyFile(entry, path)
	})
	if err != nil {
		return err
	}
	return w.Close()
}

// walk visits what lies in the folder, in order. The names of folders end in a slash.
func walk(folder string, visit func(path, name string, info fs.FileInfo) error) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if info.IsDir() {
			name += "/"
		}
		return visit(path, name, info)
	})
}

// bare hides who owns the file here, and when it was read.
type bare struct{ fs.FileInfo }

func (bare) Sys() any { return nil }

func copyFile(out io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(out, f)
	return err
}
