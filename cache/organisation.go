package cache

import (
	"encoding/json"
	"time"
)

// organisationLife is how long the tenant of an organisation is believed. What a server says of it is
// newer and takes its place; a refused token has it forgotten.
const organisationLife = 90 * 24 * time.Hour

// Organisation returns the tenant that an organisation, named by its URL, was last seen in.
func (s *Store) Organisation(url string) (tenant string, ok bool) {
	document, fetched, ok := s.document(url)
	if age := s.now().Sub(fetched); !ok || age < 0 || age >= organisationLife {
		return "", false
	}
	if json.Unmarshal(document, &tenant) != nil || tenant == "" {
		return "", false
	}
	return tenant, true
}

// KeepOrganisation remembers the tenant of an organisation. It is only a saving: what can't be stored is
// asked again.
func (s *Store) KeepOrganisation(url, tenant string) {
	document, err := json.Marshal(tenant)
	if err != nil {
		return
	}
	s.KeepDiscovery(url, document)
}

// isOrganisation tells what KeepOrganisation keeps from an openid-configuration document, an object.
func isOrganisation(document []byte) bool { return len(document) > 0 && document[0] == '"' }

// ForgetOrganisation forgets the tenant of an organisation.
func (s *Store) ForgetOrganisation(url string) error {
	return s.remove(discovery, discoveryName(url))
}
