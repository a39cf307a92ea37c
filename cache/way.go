package cache

import "time"

// ways is the folder of which way to sign in a tenant refuses.
const ways = "ways"

// EntryWay is the Kind of a record of a way to sign in that a tenant refused.
const EntryWay = "way"

// WayID names a way to sign in to a tenant with a client.
type WayID struct {
	SessionID
	Tenant string `json:"tenant"` // as the request names it
	Method string `json:"method"`
}

func (id WayID) name() string {
	return documentName(sessionName(id.SessionID) + " " + id.Tenant + " " + id.Method)
}

// RefusedWay says that a tenant refused a way to sign in, whoever asks.
type RefusedWay struct {
	Why   string    `json:"why"`   // the name of the refusal: "AADSTS53003"
	When  time.Time `json:"when"`  // it was
	Until time.Time `json:"until"` // it is believed
}

type wayFile struct {
	header
	WayID
	RefusedWay
}

// RefusedWay returns the refusal of a way that still counts. What can't be read, or is of the future, counts as none.
func (s *Folder) RefusedWay(id WayID) (RefusedWay, bool) {
	var f wayFile
	if s.decode(ways, id.name(), &f) != nil || f.WayID.name() != id.name() {
		return RefusedWay{}, false
	}
	now := s.now()
	return f.RefusedWay, !f.When.After(now) && now.Before(f.Until)
}

// KeepRefusedWay remembers that a tenant refused a way.
func (s *Folder) KeepRefusedWay(id WayID, w RefusedWay) error {
	w.When, w.Until = w.When.UTC(), w.Until.UTC()
	return s.keep(ways, id.name(), wayFile{header{schema}, id, w})
}

// ForgetRefusedWay forgets that a tenant refused a way.
func (s *Folder) ForgetRefusedWay(id WayID) error { return s.remove(ways, id.name()) }

// forgetWays forgets what tenants refused of the ways to sign in to a session.
func (s *Folder) forgetWays(id SessionID) error {
	return s.empty(ways, func(name string) bool {
		var f wayFile
		return s.decode(ways, finished(name), &f) == nil && f.SessionID.is(id)
	})
}

func (f *wayFile) describe(name string, e *Entry) bool {
	e.Kind, e.Authority, e.Client, e.Tenant = EntryWay, f.Authority, f.Client, f.Tenant
	e.Failed, e.Expires = f.Method+", "+f.Why, f.Until
	return f.WayID.name() == name && f.Method != ""
}
