package config

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// FindAuthority settles the authority. Nothing but the user's own config adds one to the Microsoft clouds.
//
// --environment and --authority-host say the same thing in two ways. The origin that wins is the first one
// that has either; where it has both, the host is the more exact one.
func (c Settled) FindAuthority() (authority.Authority, error) {
	s := c.FirstWith(AuthorityHost, Environment)
	if value, origin := s.Get(Environment); value != "" {
		if _, ok := authority.Cloud(value); !ok {
			return authority.Authority{}, Bad(Environment, value, origin, "is no known cloud: %s", describeClouds())
		}
	}
	if value, origin := s.Get(AuthorityHost); value != "" {
		if err := checkKind(value, origin); err != nil {
			return authority.Authority{}, err
		}
		host, err := authority.OriginHost(value)
		if err != nil {
			if strings.Contains(value, "@") {
				value = "" // a password may stand there
			}
			return authority.Authority{}, Bad(AuthorityHost, value, origin, "%v", err)
		}
		if found, ok := c.File.Authority(host); ok {
			return found, nil
		}
		return authority.Authority{}, &Error{Name: AuthorityHost, Origin: origin,
			What: fmt.Sprintf("names %s, which is none of the Microsoft clouds and not in your config", text.Short(host, 80)),
			Hint: "If you trust it with your tokens, add it to authorities: in the config file (entralogin help config)."}
	}
	value, _ := s.Get(Environment)
	cloud, _ := authority.Cloud(cmp.Or(value, "AzurePublicCloud"))
	found, _ := c.File.Authority(cloud.Host)
	return found, nil
}

// Authority finds a trusted authority by its host. An entry of the config adds a CA or a Graph to a cloud, or
// has another Azure Resource Manager in the place of its own.
func (f *File) Authority(host string) (authority.Authority, bool) {
	var found authority.Authority
	known := false
	for _, cloud := range authority.Clouds() {
		if cloud.Host == host {
			found, known = cloud, true
		}
	}
	for _, entry := range f.Authorities {
		if entry.Host != host {
			continue
		}
		known = true
		found.Host = host
		if entry.Graph != "" {
			found.Graph = append([]string{entry.Graph}, found.Graph...)
		}
		if entry.ResourceManager != "" {
			found.ResourceManager = entry.ResourceManager
		}
		if found.CAFile = entry.CAFile; found.CAFile != "" && !filepath.IsAbs(found.CAFile) {
			found.CAFile = filepath.Join(filepath.Dir(f.Path), found.CAFile)
		}
	}
	return found, known
}

// describeClouds lists the clouds with all their names.
func describeClouds() string {
	var clouds []string
	for _, c := range authority.Clouds() {
		clouds = append(clouds, fmt.Sprintf("%s (%s)", c.Environment, strings.Join(c.Aliases, ", ")))
	}
	return "the clouds are " + strings.Join(clouds, ", ")
}

// checkKind refuses a sign-in service that is none of Microsoft Entra ID, whatever the config says of it. It is
// an authority that can't be trusted like any other, not a slip in the command line.
func checkKind(address, origin string) error {
	kind := authority.Unsupported(address)
	if kind == "" {
		return nil
	}
	return &Error{Name: AuthorityHost, Origin: origin,
		What: fmt.Sprintf("names %s, which entralogin does not support", kind),
		Hint: "Entralogin signs in with Microsoft Entra ID: --environment names the cloud."}
}

// Trusted is a sign-in service besides the Microsoft clouds that the user trusts.
type Trusted struct {
	Host            string // host, or host:port
	CAFile          string // PEM, trusted besides the system's; relative to the config file
	Graph           string // origin of its Microsoft Graph: https://host[:port]
	ResourceManager string // likewise, of its Azure Resource Manager
}

// name tells an entry from all others of authorities.
func (t Trusted) name() string { return t.Host }

func parseAuthority(fields map[string]any) (Trusted, error) {
	var a Trusted
	if err := takeFields(authorities, fields, map[string]*string{"host": &a.Host, "ca-file": &a.CAFile, "graph": &a.Graph, "resource-manager": &a.ResourceManager}); err != nil {
		return a, err
	}
	if kind := authority.Unsupported(a.Host); kind != "" {
		return a, fmt.Errorf("names an authority that is %s, which entralogin does not support", kind)
	}
	host, err := authority.OriginHost(a.Host)
	if err != nil {
		return a, fmt.Errorf("names an authority whose host %w", err)
	}
	a.Host = host
	if a.Graph, err = parseOrigin("graph", a.Graph); err == nil {
		a.ResourceManager, err = parseOrigin("resource-manager", a.ResourceManager)
	}
	return a, err
}

// parseOrigin is the origin of a service that belongs to an authority, "" where there is none.
func parseOrigin(name, address string) (string, error) {
	if address == "" {
		return "", nil
	}
	host, err := authority.OriginHost(address)
	if err != nil {
		return "", fmt.Errorf("names an authority whose %s %w", name, err)
	}
	return "https://" + host, nil
}
