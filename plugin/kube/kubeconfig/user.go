package kubeconfig

import (
	"slices"

	"github.com/entralogin/entralogin/plugin/text"
)

// IsOurs reports whether the section runs entralogin's get-token, going by its command's name.
func IsOurs(e Exec) bool { return text.ProgramName(e.Command) == "entralogin" && HasGetToken(e) }

// HasGetToken reports whether the args hold the command get-token, which plugins of other names have, too.
func HasGetToken(e Exec) bool { return slices.Contains(e.Args, "get-token") }

// Plugin returns the exec section; ok is false where there is none.
func (u User) Plugin() (e Exec, ok bool) {
	if u.Exec == nil {
		return Exec{}, false
	}
	return *u.Exec, true
}

// Holds names the credential that the entry holds: "a client certificate", "an exec plugin"; "" if none.
func (u User) Holds() string {
	switch {
	case u.Exec != nil:
		return "an exec plugin"
	case u.AuthProvider != nil:
		return "an auth-provider"
	case u.ClientCertificate+u.ClientKey != "" || len(u.ClientCertificateData)+len(u.ClientKeyData) > 0:
		return "a client certificate"
	case u.Token+u.TokenFile != "":
		return "a token"
	case u.Username+u.Password != "":
		return "a password"
	}
	return ""
}

// Over returns the exec section that takes the place of that of u, as a field. What it knows nothing of stays, and so
// does a null, which kubectl writes where there are no variables.
func Over(e Exec, u User) map[string]any {
	section := map[string]any{"apiVersion": e.APIVersion, "command": e.Command}
	former, _ := u.Fields["exec"].(map[string]any)
	for key, value := range former {
		if !slices.Contains([]string{"apiVersion", "command", "args", "env", "installHint", "interactiveMode", "provideClusterInfo"}, key) ||
			key == "env" && value == nil {
			section[key] = value
		}
	}
	if len(e.Args) > 0 {
		section["args"] = e.Args
	}
	if len(e.Env) > 0 {
		section["env"] = e.Env
	}
	if e.InstallHint != "" {
		section["installHint"] = e.InstallHint
	}
	if e.InteractiveMode != "" {
		section["interactiveMode"] = e.InteractiveMode
	}
	if e.ProvideClusterInfo {
		section["provideClusterInfo"] = true
	}
	return map[string]any{"exec": section}
}
