package remedy

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/config"
)

// AddCommand is the command that writes the user entry of the context anew. given are the settings of the entry, which
// it would lose otherwise, and cluster are those that kubectl passes on to it; more are further flags. A setting that is
// nowhere has a placeholder: nobody but the person knows it.
func (m Maker) AddCommand(given, cluster map[string]string, more ...string) string {
	entry := []string{"--context", cmp.Or(m.Context, "CONTEXT")}
	if m.Context == "" && m.User != "" {
		entry = []string{"--user", m.User}
	}
	line := slices.Concat([]string{"entralogin", "kubeconfig", "add"}, entry, more, m.file())
	for _, name := range slices.Sorted(maps.Keys(given)) {
		values := []string{given[name]}
		if name == config.Scope || given[name] == "" {
			values = strings.Fields(given[name])
		}
		if slices.Contains([]string{config.QR, config.RenewAhead, config.Browser, config.ProgramTimeout}, name) || slices.Contains(config.Secrets(), name) { // no entry of ours has them
			values = nil
		}
		for _, value := range values {
			line = append(line, Flag(name, value)...)
		}
	}
	if given[config.ClientSecret] != "" { // which process lists show there
		line = append(line, "--"+config.ClientSecretFile, "FILE")
	}
	// The variables of a machine may say who it is, or az.
	machine := slices.Contains(config.MachineLogins(), config.Settings{config.Flags(given)}.Way())
	s := settle(config.Source{Getenv: m.shell()}, given).Of(config.ByFlag, config.ByEnv, config.ByProfile, config.ByFile).
		With(config.NewLayer(config.ByCluster, "", cluster))
	for _, needed := range []struct {
		names []string
		value string
	}{{[]string{config.TenantID}, "TENANT_ID"}, {[]string{config.ClientID}, "CLIENT_ID"}, {[]string{config.ServerID, config.Scope}, "SERVER_ID"}} {
		kind, _ := s.Get(config.TokenKind)
		if machine && needed.names[0] != config.ServerID {
			continue
		}
		if !s.Has(needed.names...) && (kind != string(cache.ID) || needed.names[0] != config.ServerID) {
			line = append(line, "--"+needed.names[0], needed.value)
		}
	}
	return Line(line...)
}

// Flag is a setting as a flag. One that is true or false takes no word of its own.
func Flag(name, value string) []string {
	if slices.Contains([]string{config.ClientSecretKeyring, config.SendCertificateChain, config.PoPEnabled}, name) {
		return []string{"--" + name + "=" + value}
	}
	return []string{"--" + name, value}
}

// ConfigCommand is a command of config that changes the config file of the call, or its profile.
func (m Maker) ConfigCommand(words ...string) string {
	line := slices.Concat([]string{"entralogin", "config"}, words)
	kept := m.kept()
	for _, place := range []string{config.ConfigFile, config.Profile} {
		if kept[place] != "" {
			line = append(line, "--"+place, kept[place])
		}
	}
	return Line(line...)
}

// ConvertCommand is the command that turns the entry of another plugin into one of entralogin. given is what the entry
// lacks.
func (m Maker) ConvertCommand(given map[string]string) string {
	entry := []string{"--context", cmp.Or(m.Context, "CONTEXT")}
	if m.Context == "" && m.User != "" {
		entry = []string{"--all"}
	}
	line := slices.Concat([]string{"entralogin", "kubeconfig", "convert"}, entry, m.file())
	for _, name := range slices.Sorted(maps.Keys(given)) {
		line = append(line, "--"+name, given[name])
	}
	return Line(line...)
}

// file is the flag of the kubeconfig.
func (m Maker) file() []string {
	if m.Kubeconfig == "" {
		return nil
	}
	return []string{"--kubeconfig", m.Kubeconfig}
}
