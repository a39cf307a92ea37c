//go:build unix

package agent

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cache"
)

// The early answer goes by what the agent of this machine gave: any other may be gone, or somebody else's, the next time.
func TestGivenByOwn(t *testing.T) {
	t.Parallel()
	f := serve(t, filepath.Join(folder(t), "s"), gives(encoded(t, request().Key, given())))
	for own, want := range map[bool]string{true: f.path, false: ""} {
		c := Client{UID: os.Geteuid(), Places: func(yield func(Place, error) bool) { yield(Place{Path: f.path, Own: own}, nil) }}
		if _, err := c.Token(t.Context(), request()); err != nil || c.Given().Socket != want {
			t.Errorf("own: %t: given by %q, not %q (%v)", own, c.Given().Socket, want, err)
		}
	}
}

// What has not the size of a key is none: what is sealed is not to be opened, or sealed, with it.
func TestKeyOfAnotherSize(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	getenv := env("XDG_RUNTIME_DIR=" + dir)
	path := OwnPlace(getenv, os.Geteuid()).Path
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	answer := ""
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, answer) })}
	go server.Serve(listen(t, path))
	t.Cleanup(func() { server.Close() })
	k := Keys{getenv, os.Geteuid()}
	for _, size := range []int{0, KeySize - 1, KeySize + 1} {
		answer = strings.Repeat("k", size)
		if key, err := k.Load("one"); !errors.Is(err, cache.ErrKeyGone) || !key.IsZero() {
			t.Errorf("of %d bytes: %v", size, err)
		}
	}
	answer = strings.Repeat("k", KeySize)
	if key, err := k.Load("one"); err != nil || key.Reveal() != answer {
		t.Error(err)
	}
}
