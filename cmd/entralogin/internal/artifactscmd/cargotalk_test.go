package artifactscmd

import (
	"io"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/cargo"
)

// Whoever holds standard input open and says nothing is not waited for; who says something is heard, and who has closed it
// wants nothing more.
func TestSilence(t *testing.T) {
	in, out := io.Pipe()
	defer in.Close()
	if _, err := readRequest(cargo.NewReader(in), time.Millisecond); err != errSilent {
		t.Error(err)
	}
	in, out = io.Pipe()
	lines := cargo.NewReader(in)
	go func() {
		io.WriteString(out, `{"v":1,"kind":"get","registry":{"index-url":"x"}}`+"\n")
		out.Close()
	}()
	if r, err := readRequest(lines, time.Minute); err != nil || r.Index != "x" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := readRequest(lines, time.Minute); err != io.EOF {
		t.Error(err)
	}
}
