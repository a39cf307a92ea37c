package cache

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
)

// What was said once of a resource is known from then on, beside its clusters.
func TestSaid(t *testing.T) {
	s := &Store{Folder: Folder{Dir: filepath.Join(t.TempDir(), "cache")}}
	const resource = "api://shop"
	said := func(words string, want bool) {
		t.Helper()
		if got := s.Said(testSession, resource, words); got != want {
			t.Errorf("%s: said before: %v", words, got)
		}
	}
	said("a", false)
	said("a", true)
	if list := s.List(); len(list) != 1 || list[0].Kind != EntryClusters {
		t.Errorf("%v", list)
	}
	s.KeepClusters(testSession, resource, []Cluster{{Server: "https://a"}})
	said("a", true)
	said("b", false)
	if got := s.Clusters(testSession, resource); len(got) != 1 {
		t.Errorf("%v", got)
	}
	if s.Said(testSession, "api://other", "a") {
		t.Error("it was said of another resource")
	}
	for i := range mostSaid - 1 {
		said(fmt.Sprint(i), false)
	}
	said("b", true)
	said("a", false)
	none := &Store{}
	for range 2 {
		if none.Said(testSession, resource, "a") {
			t.Error("it is known without a place")
		}
	}
}

// The clusters of one resource and client are remembered, the first one first, and none of another.
func TestClusters(t *testing.T) {
	s := &Store{Folder: Folder{Dir: filepath.Join(t.TempDir(), "cache")}}
	const resource = "api://shop"
	if got := s.Clusters(testSession, resource); got != nil {
		t.Errorf("%v", got)
	}
	want := []Cluster{{Server: "https://a", CA: "ca"}, {Server: "https://b", Proof: "/b"}}
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
