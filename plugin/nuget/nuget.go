// Package nuget knows how NuGet and dotnet are told of a feed's password without a credential provider of theirs that asks
// for itself: by variables of the environment.
//
// https://learn.microsoft.com/nuget/consume-packages/consuming-packages-authenticated-feeds
// https://github.com/microsoft/artifacts-credprovider#environment-variables
package nuget

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/text"
	"github.com/entralogin/entralogin/plugin/userfile"
)

// The variables that the credential provider of Azure Artifacts reads: the newer one, and that of older versions.
const (
	Endpoints       = "ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS"
	LegacyEndpoints = "VSS_NUGET_EXTERNAL_FEED_ENDPOINTS"
)

// credentials stands before the name of a source in the variable that NuGet itself reads.
const credentials = "NuGetPackageSourceCredentials_"

// User is the user name beside a token. Azure Artifacts looks at the password alone.
const User = "entralogin"

// Source is a package source.
type Source struct {
	Name string // its key in a nuget.config; "" where it is not known
	URL  string
}

// Password is a source with what gets in.
type Password struct {
	Source
	Token cache.Secret
}

// Variable is one of the environment.
type Variable struct{ Name, Value string }

// Variables are those that have NuGet and dotnet take passwords: both of the credential provider, and for each source
// whose name can stand in a shell's variable the one that NuGet reads without it.
func Variables(all []Password) ([]Variable, error) {
	type endpoint struct {
		Endpoint string `json:"endpoint"`
		Username string `json:"username"`
		Password string `json:"password"`
	}
	var list struct {
		Credentials []endpoint `json:"endpointCredentials"`
	}
	var named []Variable
	for _, p := range all {
		token := p.Token.Reveal()
		list.Credentials = append(list.Credentials, endpoint{p.URL, User, token})
		if p.Name != "" && !strings.ContainsFunc(p.Name, func(r rune) bool { return r != '_' && !text.IsAlphanumeric(r) }) {
			named = append(named, Variable{credentials + p.Name, "Username=" + User + ";Password=" + token})
		}
	}
	line, err := text.JSON(list, "")
	if err != nil {
		return nil, err
	}
	value := strings.TrimSpace(string(line))
	return append([]Variable{{Endpoints, value}, {LegacyEndpoints, value}}, named...), nil
}

// config is what counts of a nuget.config: https://learn.microsoft.com/nuget/reference/nuget-config-file
type config struct {
	Sources  []item `xml:"packageSources"`
	Disabled []item `xml:"disabledPackageSources"`
}

type item struct {
	XMLName xml.Name
	Key     string `xml:"key,attr"`
	Value   string `xml:"value,attr"`
	Items   []item `xml:",any"`
}

// longest is how many bytes of a file are read.
const longest = 1 << 20

// Sources are the package sources that files name. The nearest file comes first, and counts most: of what those behind it
// name it may disable some, name some anew, or clear all. Errors: *userfile.Error for a file that can't be read, since NuGet,
// which perhaps can, may find there that a name of a file behind it means another source.
func Sources(paths []string) ([]Source, error) {
	var all []Source
	seen := map[string]bool{}
	for _, path := range paths {
		c, err := read(path)
		if err != nil {
			return nil, err
		}
		found, cleared := c.sources(seen)
		all = append(all, found...)
		if cleared {
			break
		}
	}
	return all, nil
}

// read reads a file. Errors: *userfile.Error.
func read(path string) (c config, err error) {
	content, err := userfile.Read(path, longest)
	if err != nil {
		return c, err
	}
	if xml.Unmarshal(content, &c) != nil {
		return c, &userfile.Error{Path: path, What: "is no XML in UTF-8"}
	}
	return c, nil
}

// sources are those of a file. seen are the names, in lower case, that a file before it has settled; those of this one are
// added. A name that stands there twice is none, for NuGet would give what is meant for one source to the other.
func (c config) sources(seen map[string]bool) (found []Source, cleared bool) {
	for _, list := range c.Disabled {
		for _, i := range list.Items {
			if strings.EqualFold(i.Value, "true") {
				seen[strings.ToLower(i.Key)] = true
			}
		}
	}
	times := map[string]int{}
	for _, list := range c.Sources {
		for _, i := range list.Items {
			switch name := strings.ToLower(i.Key); {
			case i.XMLName.Local == "clear":
				found, cleared = nil, true
			case i.XMLName.Local == "add" && !seen[name]:
				times[name]++
				found = append(found, Source{i.Key, strings.TrimSpace(i.Value)})
			}
		}
	}
	for i, s := range found {
		if name := strings.ToLower(s.Name); times[name] > 1 {
			found[i].Name = ""
		}
	}
	for name := range times {
		seen[name] = true
	}
	return found, cleared
}

// Files are the config files that count in a folder: its own and those of the folders above, nearest first. NuGet tries
// three spellings: https://learn.microsoft.com/nuget/consume-packages/configuring-nuget-behavior
func Files(dir string) []string {
	var all []string
	for {
		for _, name := range []string{"nuget.config", "NuGet.config", "NuGet.Config"} {
			path := filepath.Join(dir, name)
			if info, err := os.Stat(path); err == nil && !info.IsDir() {
				all = append(all, path)
				break
			}
		}
		if dir == filepath.Dir(dir) {
			return all
		}
		dir = filepath.Dir(dir)
	}
}
