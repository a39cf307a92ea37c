package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // the zones of scripts, where the system has none

	"github.com/rogpeppe/go-internal/testscript"
)

// azToken is what "az account get-access-token -o json" or "azd auth token -o json" has printed last.
type azToken struct {
	AccessToken string `json:"accessToken"`
	ExpiresOn   string `json:"expiresOn"`
	ExpiresUnix int64  `json:"expires_on"`
	Token       string `json:"token"` // azd's accessToken; its expiresOn is in UTC
}

func azTokenOf(ts *testscript.TestScript) azToken {
	var t azToken
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &t))
	return t
}

// cmdTokenOf checks claims of the access token on standard output, and its signature: "tokenof aud=X tid=Y".
func cmdTokenOf(ts *testscript.TestScript, _ bool, args []string) {
	claims, err := simOf(ts).VerifyToken(azTokenOf(ts).AccessToken+azTokenOf(ts).Token, "")
	ts.Check(err)
	for _, arg := range args {
		name, want, _ := strings.Cut(arg, "=")
		if got := strings.Trim(fmt.Sprint(claims[name]), "[]"); got != want {
			ts.Fatalf("%s is %q, not %q", name, got, want)
		}
	}
}

// cmdSameTime checks that expiresOn, in the zone of $TZ, and expires_on are one moment to come, or that azd's is the token's
// own end, but for the time that its answer was on the way. Where $TZ is a rule, the argument is a zone that goes by it.
func cmdSameTime(ts *testscript.TestScript, _ bool, args []string) {
	t := azTokenOf(ts)
	if t.Token != "" {
		claims, err := simOf(ts).VerifyToken(t.Token, "")
		ts.Check(err)
		end, err := time.Parse("2006-01-02T15:04:05Z", t.ExpiresOn)
		ts.Check(err)
		exp, _ := claims["exp"].(float64)
		if late := end.Sub(time.Unix(int64(exp), 0)); late < -time.Second || late > 5*time.Minute {
			ts.Fatalf("%s is not %v", t.ExpiresOn, claims["exp"])
		}
		return
	}
	zone, err := time.LoadLocation(append(args, ts.Getenv("TZ"))[0])
	ts.Check(err)
	local, err := time.ParseInLocation("2006-01-02 15:04:05.000000", t.ExpiresOn, zone)
	ts.Check(err)
	if local.Unix() != t.ExpiresUnix || !local.After(time.Now()) {
		ts.Fatalf("%s in %s is %d, not %d", t.ExpiresOn, zone, local.Unix(), t.ExpiresUnix)
	}
}
