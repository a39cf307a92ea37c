package cache

import (
	"encoding/json"
	"time"
)

// refusalLife is how long a refusal counts.
const refusalLife = time.Minute

// refusalName is under what a host's refusals are kept. No URL begins like that.
func refusalName(url string) string { return "refused " + url }

// Refusals tells how often within the last minute the server at url refused a token that had just
// been issued.
func (s *Store) Refusals(url string) int { return len(s.refusals(url)) }

func (s *Store) refusals(url string) (times []time.Time) {
	document, _, _ := s.document(refusalName(url))
	var all []time.Time
	if json.Unmarshal(document, &all) != nil {
		return nil
	}
	for _, t := range all {
		if age := s.now().Sub(t); age >= 0 && age < refusalLife {
			times = append(times, t)
		}
	}
	return times
}

// KeepRefusal notes that the server at url refused a token that had just been issued. A record that can't be
// kept is missed by nobody but a program that asks again and again.
func (s *Store) KeepRefusal(url string) {
	document, err := json.Marshal(append(s.refusals(url), s.now().UTC()))
	if err != nil {
		return
	}
	s.KeepDiscovery(refusalName(url), document)
}
