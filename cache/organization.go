package cache

import (
	"errors"
	"strings"
	"time"
)

// organizationLife is how long the tenant of an organisation is believed. What a server says of it is
// newer and takes its place; a refused token has it forgotten.
const organizationLife = 90 * 24 * time.Hour

type tenantFile struct {
	header
	Organization string    `json:"organization"` // its URL
	Tenant       string    `json:"tenant"`
	Seen         time.Time `json:"seen"`
}

// newer returns the one of two that was seen later. What is from the future was seen by a wrong clock.
func (f tenantFile) newer(other tenantFile, now time.Time) tenantFile {
	if f.Tenant == "" || f.Seen.After(now) || other.Seen.After(f.Seen) && !other.Seen.After(now) {
		return other
	}
	return f
}

// Organization returns the tenant that an organisation, named by its URL, was last seen in.
func (s *Folder) Organization(url string) (tenant string, ok bool) {
	f := s.tenant(url).newer(s.earlier(url).tenant(), s.now())
	if age := s.now().Sub(f.Seen); age < 0 || age >= organizationLife {
		return "", false
	}
	return f.Tenant, f.Tenant != ""
}

// tenant reads what is kept of an organisation, however old.
func (s *Folder) tenant(url string) tenantFile {
	var f tenantFile
	if s.decode(tenants, documentName(url), &f) != nil || !strings.EqualFold(f.Organization, url) {
		return tenantFile{}
	}
	return f
}

// KeepOrganization remembers the tenant of an organisation. It is only a saving: what can't be stored is
// asked again.
func (s *Folder) KeepOrganization(url, tenant string) {
	if s.keepTenant(tenantFile{Organization: url, Tenant: tenant, Seen: s.now().UTC()}) == nil {
		s.takeEarlier(documentName(url))
	}
}

func (s *Folder) keepTenant(f tenantFile) error {
	f.Version = schema
	return s.keep(tenants, documentName(f.Organization), f)
}

// ForgetOrganization forgets the tenant of an organisation.
func (s *Folder) ForgetOrganization(url string) error {
	err := s.remove(tenants, documentName(url))
	if s.earlier(url).tenant().Tenant != "" {
		err = errors.Join(err, s.remove(discovery, documentName(url)))
	}
	return err
}
