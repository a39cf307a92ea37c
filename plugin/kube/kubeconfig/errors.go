package kubeconfig

import "github.com/entralogin/entralogin/plugin/userfile"

// The errors of a kubeconfig file. Edit does not know its path.
type (
	Error      = userfile.Error
	LockError  = userfile.LockError
	WriteError = userfile.WriteError
)
