package kubeconfig

import (
	"path/filepath"
	"strings"
)

// IsOurs reports whether the section runs entralogin's get-token.
func (e Exec) IsOurs() bool {
	name := filepath.Base(strings.ReplaceAll(e.Command, `\`, "/"))
	return strings.TrimSuffix(strings.ToLower(name), ".exe") == "entralogin" && len(e.Args) > 0 && e.Args[0] == "get-token"
}

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
