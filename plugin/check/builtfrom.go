package check

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"runtime/debug"
)

// buildMark begins what the linker writes into every Go program.
// https://pkg.go.dev/debug/buildinfo, which would bring along the readers of three formats of executables.
const buildMark = "\xff Go buildinf:"

// builtFrom reads what a program says of itself, if it is one of Go's. io.EOF tells that it says nothing.
func builtFrom(file string) (*debug.BuildInfo, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	chunk := make([]byte, 1<<20)
	for at := int64(0); ; at += int64(len(chunk) - len(buildMark)) { // one may stand across the end of a chunk
		n, err := f.ReadAt(chunk, at)
		for i := 0; i < n; i++ {
			next := bytes.Index(chunk[i:n], []byte(buildMark))
			if next < 0 {
				break
			}
			i += next
			if info := buildInfoAt(f, at+int64(i)); info != nil { // or the mark stands in a text, as here
				return info, nil
			}
		}
		if err != nil {
			return nil, err
		}
	}
}

// buildInfoAt reads what follows a mark: 32 bytes with the mark and flags, then the version of Go and the modules, each
// with its length. It is nil where something else follows, such as the pointers of Go before 1.18.
func buildInfoAt(f io.ReaderAt, at int64) *debug.BuildInfo {
	const head, inline, guard, most = 32, 2, 16, 1 << 20 // bytes; guards stand on both sides of the modules
	r := bufio.NewReader(io.NewSectionReader(f, at, 2*most))
	begin := make([]byte, head)
	if _, err := io.ReadFull(r, begin); err != nil || begin[len(buildMark)+1]&inline == 0 {
		return nil
	}
	var text []byte
	for range 2 {
		n, err := binary.ReadUvarint(r)
		if err != nil || n > most {
			return nil
		}
		text = make([]byte, n)
		if _, err := io.ReadFull(r, text); err != nil {
			return nil
		}
	}
	if len(text) < 2*guard {
		return nil
	}
	info, err := debug.ParseBuildInfo(string(text[guard : len(text)-guard]))
	if err != nil || info.Path == "" {
		return nil
	}
	return info
}
