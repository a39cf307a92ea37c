package cache

import (
	"encoding/json"
	"time"
)

// organizationLife is how long the tenant of an organisation is believed. What a server says of it is
// newer and takes its place; a refused token has it forgotten.
const organizationLife = 90 * 24 * time.Hour

// Organization returns the tenant that an organisation, named by its URL, was last seen in.
func (s *Store) Organization(url string) (tenant string, ok bool) {
	document, fetched, ok := s.document(url)
	if age := s.now().Sub(fetched); !ok || age < 0 || age >= organizationLife {
		return "", false
	}
	if json.Unmarshal(document, &tenant) != nil || tenant == "" {
		return "", false
	}
	return tenant, true
}

// KeepOrganization remembers the tenant of an organisation. It is only a saving: what can't be stored is
// asked again.
func (s *Store) KeepOrganization(url, tenant string) {
	document, err := json.Marshal(tenant)
	if err != nil {
		return
	}
	s.KeepDiscovery(url, document)
}

// isOrganization tells what KeepOrganization keeps from an openid-configuration document, an object.
func isOrganization(document []byte) bool { return len(document) > 0 && document[0] == '"' }

// ForgetOrganization forgets the tenant of an organisation.
func (s *Store) ForgetOrganization(url string) error {
	return s.remove(discovery, discoveryName(url))
}
