package cache

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
)

// The clusters of one resource and client are remembered, the first one first, and none of another.
func TestClusters(t *testing.T) {
	s := &Store{Folder: Folder{Dir: filepath.Join(t.TempDir(), "cache")}}
	const resource = "api://shop"
	if got := s.Clusters(testSession, resource); got != nil {
		t.Errorf("%v", got)
	}
	want := []Cluster{{"https://a", "ca"}, {"https://b", ""}}
	s.KeepClusters(testSession, resource, want)
	if got := s.Clusters(testSession, "API://shop"); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	other := testSession
	other.Client = "another"
	if got := append(s.Clusters(other, resource), s.Clusters(testSession, "api://other")...); got != nil {
		t.Errorf("%v", got)
	}
	for i := range mostClusters {
		want = append(want, Cluster{Server: fmt.Sprint("https://", i)})
	}
	s.KeepClusters(testSession, resource, want)
	got := s.Clusters(testSession, resource)
	if len(got) != mostClusters || got[0] != want[0] || got[1] == want[1] || got[mostClusters-1] != want[len(want)-1] {
		t.Errorf("%d: %v", len(got), got[:2])
	}
}
