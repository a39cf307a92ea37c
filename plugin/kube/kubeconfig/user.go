package kubeconfig

import (
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

// IsOurs reports whether the section runs entralogin's get-token, going by its command's name.
func (e Exec) IsOurs() bool { return text.IsOwnName(e.Command) && e.HasGetToken() }

// HasGetToken reports whether the args hold the command get-token, which plugins of other names have, too.
func (e Exec) HasGetToken() bool { return slices.Contains(e.Args, "get-token") }

// Holds names the credential that the entry holds: "a client certificate", "an exec plugin"; "" if none.
func (u User) Holds() string {
	for _, kind := range []struct{ words, fields string }{
		{"an exec plugin", "exec"},
		{"an auth-provider", "auth-provider"},
		{"a client certificate", "client-certificate client-certificate-data client-key client-key-data"},
		{"a token", "token tokenFile"},
		{"a password", "username password"},
	} {
		for _, field := range strings.Fields(kind.fields) {
			if value := u.Fields[field]; value != nil && value != "" {
				return kind.words
			}
		}
	}
	return ""
}
