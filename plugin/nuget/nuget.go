// Package nuget knows how NuGet and dotnet are told of a feed's password without a credential provider of theirs that asks
// for itself: by variables of the environment.
//
// https://learn.microsoft.com/nuget/consume-packages/consuming-packages-authenticated-feeds
// https://github.com/microsoft/artifacts-credprovider#environment-variables
package nuget

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/text"
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
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(list); err != nil {
		return nil, err
	}
	value := strings.TrimSpace(out.String())
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
// name it may disable some, name some anew, or clear all. A file that can't be read, or is none, names none.
func Sources(paths []string) []Source {
	var all []Source
	seen := map[string]bool{}
	for _, path := range paths {
		found, cleared := parse(path, seen)
		all = append(all, found...)
		if cleared {
			break
		}
	}
	return all
}

// parse reads a file. seen are the names, in lower case, that a file before it has settled; those of this one are added.
func parse(path string, seen map[string]bool) (found []Source, cleared bool) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > longest {
		return nil, false
	}
	content, err := os.ReadFile(path)
	var c config
	if err != nil || xml.Unmarshal(content, &c) != nil {
		return nil, false
	}
	for _, list := range c.Disabled {
		for _, i := range list.Items {
			if strings.EqualFold(i.Value, "true") {
				seen[strings.ToLower(i.Key)] = true
			}
		}
	}
	for _, list := range c.Sources {
		for _, i := range list.Items {
			switch name := strings.ToLower(i.Key); {
			case i.XMLName.Local == "clear":
				found, cleared = nil, true
			case i.XMLName.Local == "add" && !seen[name]:
				seen[name] = true
				found = append(found, Source{i.Key, strings.TrimSpace(i.Value)})
			}
		}
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
			if _, err := os.Stat(path); err == nil {
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
