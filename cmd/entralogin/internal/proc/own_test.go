package proc

import "testing"

func TestTemporaryBuilds(t *testing.T) {
	for path, want := range map[string]bool{
		"/tmp/go-build123/b001/exe/entralogin": true, "/home/x/.cache/go-build/ab/entralogin": true,
		"/usr/local/bin/entralogin": false, "/home/x/go/bin/entralogin": false, "/tmp/entralogin": false,
	} {
		if got := IsTemporary(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}
