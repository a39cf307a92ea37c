package cache

import (
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
	SessionID
	Resource string    `json:"resource"` // "" for ID tokens
	Clusters []Cluster `json:"clusters"` // the first one is whom it was asked for first
	Seen     time.Time `json:"seen"`     // when the last one was added
}

// mostClusters bounds how many are kept of one resource, the first and the newest.
const mostClusters = 1000

func clusterName(id SessionID, resource string) string {
	return documentName(sessionName(id) + " " + resource)
}

// Clusters are the servers that were given tokens of a client for a resource, the first one first; none where nothing is
// known.
func (s *Folder) Clusters(id SessionID, resource string) []Cluster {
	var f clusterFile
	if s.decode(clusters, clusterName(id, resource), &f) != nil || !strings.EqualFold(f.Resource, resource) || !f.SessionID.is(id) {
		return nil
	}
	return f.Clusters
}

// KeepClusters remembers servers. It is only a saving of words: what can't be stored is said again.
func (s *Folder) KeepClusters(id SessionID, resource string, all []Cluster) {
	if over := len(all) - mostClusters; over > 0 {
		all = append(all[:1:1], all[1+over:]...)
	}
	_ = s.keep(clusters, clusterName(id, resource), clusterFile{header{schema}, id, resource, all, s.now().UTC()})
}
