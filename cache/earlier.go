package cache

import (
	"crypto/rand"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// Earlier versions kept the tenants of organisations and the refusals of servers among the discovery
// documents: a tenant as a text under the organisation's URL, refusals as a list under this word and the URL.
// An openid-configuration document is an object. Such a version may still be in use beside this one, so both
// places are read for ever.
const earlierRefusals = "refused "

// earlier returns what stands under a name in the earlier place, however old.
func (s *Folder) earlier(name string) discoveryFile {
	var f discoveryFile
	if s.decode(discovery, documentName(name), &f) != nil || !strings.EqualFold(f.Authority, name) {
		return discoveryFile{}
	}
	return f
}

// tenant returns f as a tenant, a zero one if it is none.
func (f discoveryFile) tenant() tenantFile {
	var tenant string
	if json.Unmarshal(f.Document, &tenant) != nil || tenant == "" {
		return tenantFile{}
	}
	return tenantFile{header{schema}, f.Authority, tenant, f.Fetched}
}

// refusals returns f as refusals, zero ones if it is none.
func (f discoveryFile) refusals() refusalFile {
	url, ok := strings.CutPrefix(f.Authority, earlierRefusals)
	r := refusalFile{header: header{schema}, URL: url}
	if !ok || json.Unmarshal(f.Document, &r.Times) != nil {
		return refusalFile{}
	}
	return r
}

// moveEarlier moves all tenants and refusals to their folders. It is done once, before tenants/ is there.
func (s *Folder) moveEarlier() {
	if _, err := os.Lstat(filepath.Join(s.Dir, tenants)); err == nil {
		return
	}
	names, err := s.list(discovery)
	if err != nil {
		return
	}
	for _, name := range names {
		s.takeEarlier(name)
	}
}

// takeEarlier moves one file, if it is a tenant or refusals. It stays until its content is in the new place.
// An earlier version that runs beside this one may replace it at any time: what it put there is moved as well.
func (s *Folder) takeEarlier(name string) {
	if moved, err := s.adopt(name); !moved || err != nil {
		return
	}
	aside := name + tempMark + rand.Text()
	path := s.path(discovery, aside)
	if err := s.rename(s.path(discovery, name), path); err != nil {
		return
	}
	if moved, err := s.adopt(aside); moved && err == nil {
		s.unlink(path)
	}
}

// adopt joins the content of a file in the earlier place with what is in the new one. It reports whether there
// was something to join.
func (s *Folder) adopt(name string) (bool, error) {
	var f discoveryFile
	if err := s.decode(discovery, name, &f); err != nil {
		return false, err
	}
	if t := f.tenant(); t.Tenant != "" {
		return true, s.keepTenant(t.newer(s.tenant(t.Organization), s.now()))
	}
	if r := f.refusals(); r.URL != "" {
		return true, s.keepRefusals(r)
	}
	return false, nil
}
