package cli

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/entralogin/entralogin/cache"
)

// What the system refuses has another remedy than what stands in the way.
func TestPlacesAreMended(t *testing.T) {
	for _, test := range []struct {
		err  error
		says string
	}{
		{syscall.ENOSPC, "make room there, or name another folder with --cache-dir."},
		{syscall.EROFS, "let your user write there, or name another folder with --cache-dir."},
		{syscall.EACCES, "let your user write there, or name another folder with --cache-dir."},
		{nil, "move it away to start afresh."},
	} {
		e := &cache.Error{Path: "/c", What: "can't be used"}
		if test.err != nil {
			e.Err = &os.PathError{Op: "open", Path: "/c", Err: test.err}
		}
		told := Explainer{}.describePlaces(e)
		if want := "/c can't be used. Nothing was changed; " + test.says; strings.Join(told, "") != want {
			t.Errorf("%v: %q, not %q", test.err, told, want)
		}
	}
}
