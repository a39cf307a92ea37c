package cache

import (
	"slices"
	"strings"
	"time"
)

// refusalLife is how long a refusal counts.
const refusalLife = time.Minute

type refusalFile struct {
	header
	URL   string      `json:"url"`
	Times []time.Time `json:"times"`
}

// Refusals tells how often within the last minute the server at url refused a token that had just
// been issued.
func (s *Folder) Refusals(url string) int { return len(s.refusals(url)) }

// refusals are those that still count, the earliest first.
func (s *Folder) refusals(url string) []time.Time {
	var f refusalFile
	if s.decode(refusals, documentName(url), &f) != nil || !strings.EqualFold(f.URL, url) {
		f.Times = nil
	}
	return s.joinRefusals(f.Times, s.earlier(earlierRefusals+url).refusals().Times)
}

func (s *Folder) joinRefusals(lists ...[]time.Time) []time.Time {
	all := slices.DeleteFunc(slices.Concat(lists...), func(t time.Time) bool {
		age := s.now().Sub(t)
		return age < 0 || age >= refusalLife
	})
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}

// KeepRefusal notes that the server at url refused a token that had just been issued. A record that can't be
// kept is missed by nobody but a program that asks again and again.
func (s *Folder) KeepRefusal(url string) {
	if s.keepRefusals(refusalFile{URL: url, Times: []time.Time{s.now().UTC()}}) == nil {
		s.takeEarlier(documentName(earlierRefusals + url))
	}
}

// keepRefusals adds refusals to those that are kept.
func (s *Folder) keepRefusals(f refusalFile) error {
	f.Version, f.Times = schema, s.joinRefusals(s.refusals(f.URL), f.Times)
	return s.keep(refusals, documentName(f.URL), f)
}
