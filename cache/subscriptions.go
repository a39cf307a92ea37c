package cache

import (
	"context"
	"slices"
	"time"
)

// subscriptions is the folder of the subscriptions of Azure that accounts see.
const subscriptions = "subscriptions"

// EntrySubscriptions is the Kind of a record of the subscriptions that one account sees.
const EntrySubscriptions = "subscriptions"

// subscriptionsLife is how long a list of subscriptions is believed.
const subscriptionsLife = 24 * time.Hour

// Subscription is one of Azure, as an account sees it. Its text is clean.
type Subscription struct {
	ID           string
	Name         string
	State        string   // "Enabled", "Disabled", "Warned", ...
	Tenant       string   // GUID of the tenant whose tokens see it
	HomeTenant   string   // GUID of the tenant that it belongs to
	TenantName   string   // of Tenant; "" where nobody said
	TenantDomain string   // of Tenant; "" where nobody said
	ManagedBy    []string // GUIDs of the tenants that manage it from outside
}

// Subscribed are the subscriptions that one account sees.
type Subscribed struct {
	Account       string // home ID of a person; of anybody else a name that is no person's
	Subscriptions []Subscription
	When          time.Time // they were asked for
}

// subscriptionFile says what the subscriptions of a tenant have in common once: an account may see thousands, and a file
// has a bound.
type subscriptionFile struct {
	header
	SessionID
	Account string               `json:"account"`
	When    time.Time            `json:"when"`
	Tenants []tenantSubscription `json:"tenants"` // one may stand there twice: the order of the list stays
}

type tenantSubscription struct {
	Tenant        string             `json:"tenant"`
	Name          string             `json:"name,omitempty"`
	Domain        string             `json:"domain,omitempty"`
	Subscriptions []keptSubscription `json:"subscriptions"`
}

type keptSubscription struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	State     string   `json:"state"`
	Home      string   `json:"home,omitempty"` // "": the tenant around it
	ManagedBy []string `json:"managed_by,omitempty"`
}

func newSubscriptionFile(id SessionID, s Subscribed) subscriptionFile {
	f := subscriptionFile{header: header{schema}, SessionID: id, Account: s.Account, When: s.When.UTC()}
	for _, one := range s.Subscriptions {
		of := tenantSubscription{Tenant: one.Tenant, Name: one.TenantName, Domain: one.TenantDomain}
		last := len(f.Tenants) - 1
		if last < 0 || f.Tenants[last].Tenant != of.Tenant || f.Tenants[last].Name != of.Name || f.Tenants[last].Domain != of.Domain {
			f.Tenants, last = append(f.Tenants, of), last+1
		}
		kept := keptSubscription{one.ID, one.Name, one.State, one.HomeTenant, one.ManagedBy}
		if kept.Home == one.Tenant {
			kept.Home = ""
		}
		f.Tenants[last].Subscriptions = append(f.Tenants[last].Subscriptions, kept)
	}
	return f
}

func (f subscriptionFile) subscribed() Subscribed {
	s := Subscribed{Account: f.Account, When: f.When}
	for _, of := range f.Tenants {
		for _, one := range of.Subscriptions {
			home := one.Home
			if home == "" {
				home = of.Tenant
			}
			s.Subscriptions = append(s.Subscriptions, Subscription{one.ID, one.Name, one.State, of.Tenant, home, of.Name, of.Domain, one.ManagedBy})
		}
	}
	return s
}

// key names the file. Nothing else that has the hash of a Key for its name lies in that folder.
func (f subscriptionFile) key() Key { return Key{SessionID: f.SessionID, Account: f.Account} }

func (f subscriptionFile) counts(now time.Time) bool {
	age := now.Sub(f.When)
	return age >= 0 && age < subscriptionsLife
}

// SubscriptionsOf returns the subscriptions of an account that were asked for within the last day. What can't be read, or
// is of the future, counts as nothing.
func SubscriptionsOf(s *Store, id SessionID, account string) (Subscribed, bool) {
	var f subscriptionFile
	wanted := subscriptionFile{SessionID: id, Account: account}.key().Hash()
	if s.find(subscriptions, wanted, &f) != nil || f.key().Hash() != wanted || !f.counts(s.now()) {
		return Subscribed{}, false
	}
	return f.subscribed(), true
}

// KeepSubscriptions stores the subscriptions of an account, sealed as tokens are: their names are those of an
// organization's projects. It forgets the lists that count no more. It takes the session's lock, so that a move of what is
// stored leaves nothing behind. It is only a saving: what can't be stored is asked again.
func KeepSubscriptions(ctx context.Context, s *Store, id SessionID, all Subscribed) error {
	unlock, err := s.LockSession(ctx, id, nil)
	if err != nil {
		return err
	}
	defer unlock()
	_ = s.everywhere(func(place *Folder) error {
		return place.empty(subscriptions, func(name string) bool {
			var f subscriptionFile
			return !isTemp(name) && place.decode(subscriptions, finished(name), &f) == nil && !f.counts(s.now())
		})
	})
	f := newSubscriptionFile(id, all)
	return s.encode(subscriptions, f.key().Hash(), f)
}

// ForgetSubscriptions forgets the subscriptions of an account.
func ForgetSubscriptions(s *Store, id SessionID, account string) error {
	name := subscriptionFile{SessionID: id, Account: account}.key().Hash()
	return s.everywhere(func(place *Folder) error { return place.remove(subscriptions, name) })
}

func (f *subscriptionFile) describe(name string, e *Entry) bool {
	e.Kind, e.Authority, e.Client, e.Accounts = EntrySubscriptions, f.Authority, f.Client, []string{f.Account}
	e.Expires = f.When.Add(subscriptionsLife)
	return f.key().Hash() == name && f.Account != "" && !slices.ContainsFunc(f.Tenants, func(t tenantSubscription) bool { return t.Tenant == "" })
}
