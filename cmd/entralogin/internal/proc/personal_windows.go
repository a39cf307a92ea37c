package proc

import "golang.org/x/sys/windows"

// PersonalEnvironment is the environment that Windows has for the person, and not that of this process:
// https://learn.microsoft.com/windows/win32/api/userenv/nf-userenv-createenvironmentblock
func PersonalEnvironment() []string {
	env, _ := windows.GetCurrentProcessToken().Environ(false)
	return append([]string{}, env...) // never nil, which would stand for ours
}
