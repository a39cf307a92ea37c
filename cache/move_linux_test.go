package cache_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
)

// Callers that disagree about the storage move all that is stored to and fro. Nobody is asked for that, no call
// fails, and no refresh token is used twice. ENTRALOGIN_MOVES says how many calls there are; CI makes 3,000.
func TestCallersDisagree(t *testing.T) {
	calls := 240
	if n, err := strconv.Atoi(os.Getenv("ENTRALOGIN_MOVES")); err == nil {
		calls = n
	}
	for name, storages := range map[string][]cache.Storage{
		"memory and file": {cache.Memory, cache.File}, "memory and none": {cache.Memory, "", cache.File, ""},
	} {
		t.Run(name, func(t *testing.T) {
			runtime, err := os.MkdirTemp("/dev/shm", "entralogin-test-")
			must(t, err)
			t.Cleanup(func() { os.RemoveAll(runtime) })
			w := newWorld(t)
			c := call{World: w.dir, Dir: filepath.Join(runtime, "cache"), Runtime: runtime, Storages: storages[1:], Calls: 1, Life: time.Hour}
			together(t, c.start(t))
			const processes = 6
			c.Storages, c.Calls, c.Life, c.Scopes = storages, calls/processes/2, 5*time.Millisecond, 3
			var all []*exec.Cmd
			for c.First = range processes {
				c.Alone = c.First%2 == 0
				all = append(all, c.start(t))
			}
			together(t, all...)
			got := w.happened(t)
			t.Log(got)
			if got["asked"] != 1 || got["reused"] > 0 || got["failed"] > 0 || got["refreshed"] == 0 || got["called"] != 1+c.Calls*processes {
				t.Errorf("got %v", got)
			}
		})
	}
}

// Callers that disagree about the storage before anybody has signed in ask once.
func TestColdCallersDisagree(t *testing.T) {
	for range 3 {
		runtime, err := os.MkdirTemp("/dev/shm", "entralogin-test-")
		must(t, err)
		t.Cleanup(func() { os.RemoveAll(runtime) })
		w := newWorld(t)
		c := call{World: w.dir, Dir: filepath.Join(runtime, "cache"), Runtime: runtime, Calls: 1, Life: time.Hour,
			Storages: []cache.Storage{cache.Memory, cache.File, ""}}
		var all []*exec.Cmd
		for c.First = range 6 {
			all = append(all, c.start(t))
		}
		together(t, all...)
		if got := w.happened(t); got["asked"] != 1 || got["failed"] > 0 || got["called"] != 6 {
			t.Errorf("got %v", got)
		}
	}
}

// Without flock, too, cold processes ask once, and later refresh once, though a refresh token is good only once.
func TestFallbackAsksOnce(t *testing.T) {
	w := newWorld(t)
	c := call{World: w.dir, Dir: filepath.Join(t.TempDir(), "cache"), Storages: []cache.Storage{""}, Calls: 1, Life: time.Hour}
	eight := func() {
		var all []*exec.Cmd
		for range 8 {
			cmd := c.start(t)
			cache.WithoutFlock(cmd)
			all = append(all, cmd)
		}
		together(t, all...)
	}
	eight()
	want := map[string]int{"asked": 1, "called": 8}
	if got := w.happened(t); !maps.Equal(got, want) {
		t.Fatalf("cold: got %v", got)
	}
	store := &cache.Store{Folder: cache.Folder{Dir: c.Dir}}
	r := faultRequest("")
	r.Scopes = []string{"scope-0"}
	token, err := store.Token(r.Key)
	must(t, err)
	token.Obtained, token.Expires = token.Obtained.Add(-2*time.Hour), token.Expires.Add(-2*time.Hour)
	must(t, store.KeepToken(r.Key, token))
	eight()
	want = map[string]int{"asked": 1, "refreshed": 1, "called": 16}
	if got := w.happened(t); !maps.Equal(got, want) {
		t.Errorf("expired: got %v", got)
	}
}
