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
	Proof  string `json:"u,omitempty"`  // the cluster that requests were signed for, in lower case; "" where it got the token
}

type clusterFile struct {
	header
	SessionID
	Resource string    `json:"resource"` // "" for ID tokens
	Clusters []Cluster `json:"clusters"` // the first one is whom it was asked for first
	Seen     time.Time `json:"seen"`     // when the last one was added
	Said     []string  `json:"said,omitempty"`
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
func (s *Folder) Clusters(id SessionID, resource string) []Cluster {
	return s.cluster(id, resource).Clusters
}

// cluster reads what is kept of a resource, an empty record where nothing is.
func (s *Folder) cluster(id SessionID, resource string) clusterFile {
	var f clusterFile
	if s.decode(clusters, clusterName(id, resource), &f) != nil || !strings.EqualFold(f.Resource, resource) || !f.SessionID.is(id) {
		return clusterFile{header: header{schema}, SessionID: id, Resource: resource}
	}
	return f
}

// KeepClusters remembers servers. It is only a saving of words: what can't be stored is said again.
func (s *Folder) KeepClusters(id SessionID, resource string, all []Cluster) {
	if over := len(all) - mostClusters; over > 0 {
		all = append(all[:1:1], all[1+over:]...)
	}
	f := s.cluster(id, resource)
	f.Clusters, f.Seen = all, s.now().UTC()
	_ = s.keep(clusters, clusterName(id, resource), f)
}

// Said reports whether a person was told something of the tokens of a client for a resource before; words are its own,
// and from now on they count as said. What can't be stored is said again.
func (s *Folder) Said(id SessionID, resource, words string) bool {
	f := s.cluster(id, resource)
	if slices.Contains(f.Said, words) {
		return true
	}
	f.Said = append(f.Said[max(0, len(f.Said)+1-mostSaid):], words)
	_ = s.keep(clusters, clusterName(id, resource), f)
	return false
}
