package cache

import (
	"slices"
	"strings"
	"time"
)

// clusters is the folder of which servers were given a token.
const clusters = "clusters"

// EntryClusters is the Kind of a record of the servers that were given one token.
const EntryClusters = "clusters"

// Cluster is the API server of a cluster, as a kubeconfig describes it. Nothing of it is secret.
type Cluster struct {
	Server string `json:"server"`       // its URL
	CA     string `json:"ca,omitempty"` // SHA-256 in hex that tells its CA certificates apart, or ""
}

type clusterFile struct {
	header
	Authority string    `json:"authority"`
	Client    string    `json:"client"`
	Resource  string    `json:"resource"` // "" for ID tokens
	Clusters  []Cluster `json:"clusters"` // the first one is whom it was asked for first
	Seen      time.Time `json:"seen"`     // when the last one was added
	Said      []string  `json:"said,omitempty"`
}

// mostClusters bounds how many are kept of one resource, the first and the newest; mostSaid how many words.
const (
	mostClusters = 1000
	mostSaid     = 100
)

func clusterName(id SessionID, resource string) string {
	return documentName(sessionName(id) + " " + resource)
}

// Clusters are the servers that were given tokens of a client for a resource, the first one first; none where nothing is
// known.
func (s *Store) Clusters(id SessionID, resource string) []Cluster {
	return s.cluster(id, resource).Clusters
}

// cluster reads what is kept of a resource, an empty record where nothing is.
func (s *Store) cluster(id SessionID, resource string) clusterFile {
	var f clusterFile
	if s.decode(clusters, clusterName(id, resource), &f) != nil || !f.is(id, resource) {
		return clusterFile{Authority: id.Authority, Client: id.Client, Resource: resource}
	}
	return f
}

func (f clusterFile) is(id SessionID, resource string) bool {
	return strings.EqualFold(f.Authority, id.Authority) && strings.EqualFold(f.Client, id.Client) && strings.EqualFold(f.Resource, resource)
}

// KeepClusters remembers servers. It is only a saving of words: what can't be stored is said again.
func (s *Store) KeepClusters(id SessionID, resource string, all []Cluster) {
	if over := len(all) - mostClusters; over > 0 {
		all = append(all[:1:1], all[1+over:]...)
	}
	f := s.cluster(id, resource)
	f.Clusters, f.Seen = all, s.now().UTC()
	s.keepCluster(id, f)
}

// Said reports whether a person was told something of the tokens of a client for a resource before; words are its own,
// and from now on they count as said. What can't be stored is said again.
func (s *Store) Said(id SessionID, resource, words string) bool {
	f := s.cluster(id, resource)
	if slices.Contains(f.Said, words) {
		return true
	}
	f.Said = append(f.Said[max(0, len(f.Said)+1-mostSaid):], words)
	s.keepCluster(id, f)
	return false
}

func (s *Store) keepCluster(id SessionID, f clusterFile) {
	f.Version = schema
	_ = s.encode(clusters, clusterName(id, f.Resource), f)
}

func (s *Store) clusterEntry(name string, e *Entry) error {
	var f clusterFile
	if err := s.decode(clusters, name, &f); err != nil {
		return err
	}
	if clusterName(SessionID{Authority: f.Authority, Client: f.Client}, f.Resource) != name || len(f.Clusters)+len(f.Said) == 0 {
		return ErrCorrupt
	}
	e.Kind, e.Authority, e.Client, e.Scopes = EntryClusters, f.Authority, f.Client, []string{f.Resource}
	return nil
}
