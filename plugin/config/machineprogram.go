package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/entralogin/entralogin/plugin"
)

// azdConfigVariable names the folder to the Azure Developer CLI:
// https://learn.microsoft.com/azure/developer/azure-developer-cli/manage-environment-variables
const azdConfigVariable = "AZD_CONFIG_DIR"

// ofProgram settles whose sign-in another program has: which folder has it, and of which subscription it is. Whoever signs
// in there anew, or out, has the program write a file of that folder, as has who takes another subscription; and no token
// does. So what was obtained before is another one's, and a look at the file is all that this costs. Errors: *Error.
func (c Source) ofProgram(s Settings, login string, r *plugin.Request) error {
	home := c.Getenv("HOME")
	if runtime.GOOS == "windows" {
		home = c.Getenv("USERPROFILE")
	}
	dir, origin := s.Get(AzureConfigDir)
	subscription, _ := s.Get(Subscription)
	usual, file := ".azure", "azureProfile.json"
	if login == AzureDeveloper {
		dir, origin, subscription = c.Getenv(azdConfigVariable), azdConfigVariable, ""
		usual, file = ".azd", "auth.json"
	}
	path := filepath.Join(home, usual, file)
	if dir != "" {
		path = filepath.Join(dir, file)
		if !filepath.IsAbs(dir) { // the program is run in another folder than this one
			return Bad(AzureConfigDir, dir, origin, "is no absolute path")
		}
	}
	c.Trace.File(path)
	signIn := ""
	if info, err := os.Stat(path); err == nil {
		sum := sha256.Sum256(fmt.Append(nil, info.ModTime().UnixNano(), info.Size()))
		signIn = "@" + hex.EncodeToString(sum[:4])
	}
	for _, part := range []string{dir, subscription, signIn} {
		r.Identity = strings.Trim(r.Identity+"|"+part, "|")
	}
	return s.ofPrograms().identifyOther(r)
}
