package cache

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// people are what is known of the accounts of a session besides MSAL's entries. They stand in the file of the
// session, so that one reading and one renaming are enough for both.
type people struct {
	// Chosen is whom a call without a name means: by the tenant, in lower case and as requests name it, or ""
	// for all others, the home ID.
	Chosen map[string]string `json:"chosen,omitempty"`
	// SignedIn is when a person last signed in, by home ID.
	SignedIn map[string]time.Time `json:"signed_in,omitempty"`
	// Refused is since when the service takes the refresh token of an account no more, by home ID.
	Refused map[string]time.Time `json:"refused,omitempty"`
	// Holder is who keeps the session of an account in our place, by home ID: the way to sign in that it came by.
	Holder map[string]string `json:"holder,omitempty"`
}

// Chosen returns the home ID of the account that was chosen for a tenant: for that very one, or else for all.
// alone says which of the two; homeID is "" where none is chosen.
func (s Session) Chosen(tenant string) (homeID string, alone bool) {
	if id := s.people.Chosen[strings.ToLower(tenant)]; id != "" && tenant != "" {
		return id, true
	}
	return s.people.Chosen[""], false
}

// ChosenTenants lists the tenants that have a choice of their own, as requests name them.
func (s Session) ChosenTenants() []string {
	return slices.DeleteFunc(sortedKeys(s.people.Chosen), func(tenant string) bool { return tenant == "" })
}

// Choose returns s with an account chosen for a tenant, or for all that have no choice of their own where
// tenant is "". The home ID "" takes a choice back; for all tenants that is every choice.
func (s Session) Choose(tenant, homeID string) Session {
	chosen := maps.Clone(s.people.Chosen)
	switch {
	case homeID == "" && tenant == "":
		chosen = nil
	case homeID == "":
		delete(chosen, strings.ToLower(tenant))
	case chosen == nil:
		chosen = map[string]string{}
		fallthrough
	default:
		chosen[strings.ToLower(tenant)] = homeID
	}
	s.people.Chosen = chosen
	return s
}

// SignedIn returns when the account with a home ID last signed in, zero where that is not known.
func (s Session) SignedIn(homeID string) time.Time { return s.people.SignedIn[homeID] }

// NoteSignIn returns s with the time at which an account signed in.
func (s Session) NoteSignIn(homeID string, at time.Time) Session {
	s.people.SignedIn = maps.Clone(s.people.SignedIn)
	if s.people.SignedIn == nil {
		s.people.SignedIn = map[string]time.Time{}
	}
	s.people.SignedIn[homeID] = at.UTC().Truncate(time.Second)
	return s
}

// Refused returns since when the service takes the refresh token of an account no more, zero where it was not found to
// refuse it. It is for those who tell of it: whether it is so still, the service alone knows.
func (s Session) Refused(homeID string) time.Time { return s.people.Refused[homeID] }

// NoteRefused returns s with the time at which the service refused the refresh token of an account; a zero one takes
// that back.
func (s Session) NoteRefused(homeID string, at time.Time) Session {
	s.people.Refused = maps.Clone(s.people.Refused)
	switch {
	case at.IsZero():
		delete(s.people.Refused, homeID)
		return s
	case s.people.Refused == nil:
		s.people.Refused = map[string]time.Time{}
	}
	s.people.Refused[homeID] = at.UTC().Truncate(time.Second)
	return s
}

// Holder says who keeps the session of the account with a home ID, "" where its refresh token stands here.
func (s Session) Holder(homeID string) string { return s.people.Holder[homeID] }

// NoteHolder returns s with who keeps the session of an account; "" takes that back.
func (s Session) NoteHolder(homeID, name string) Session {
	s.people.Holder = maps.Clone(s.people.Holder)
	switch {
	case name == "":
		delete(s.people.Holder, homeID)
		return s
	case s.people.Holder == nil:
		s.people.Holder = map[string]string{}
	}
	s.people.Holder[homeID] = name
	return s
}

// join returns n with what newer says besides, or instead.
func (n people) join(newer people) people {
	return people{Chosen: joinMaps(n.Chosen, newer.Chosen), SignedIn: joinMaps(n.SignedIn, newer.SignedIn),
		Refused: joinMaps(n.Refused, newer.Refused), Holder: joinMaps(n.Holder, newer.Holder)}
}

func joinMaps[V any](older, newer map[string]V) map[string]V {
	if len(older) == 0 {
		return newer
	}
	joined := maps.Clone(older)
	maps.Copy(joined, newer)
	return joined
}

// without returns n with nothing of an account.
func (n people) without(homeID string) people {
	n.Chosen, n.SignedIn, n.Refused, n.Holder = maps.Clone(n.Chosen), maps.Clone(n.SignedIn), maps.Clone(n.Refused), maps.Clone(n.Holder)
	maps.DeleteFunc(n.Chosen, func(_, id string) bool { return id == homeID })
	delete(n.SignedIn, homeID)
	delete(n.Refused, homeID)
	delete(n.Holder, homeID)
	return n
}
