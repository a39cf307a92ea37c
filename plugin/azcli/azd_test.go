package azcli

import (
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
)

// The answers are azd's: the end is in UTC and whole seconds, whatever the zone is.
func TestDeveloper(t *testing.T) {
	end := time.Date(2033, 5, 6, 1, 8, 9, 987654321, time.FixedZone("", 2*60*60))
	token := cache.Token{Value: cache.NewSecret("a<b"), Expires: end, Obtained: end.Add(-time.Hour), Account: "alice@contoso.example"}
	of := func(out []byte, err error) string {
		if err != nil {
			t.Error(err)
		}
		return string(out)
	}
	nobody := token
	nobody.Account = ""
	for got, want := range map[string]string{
		of(DeveloperToken(token)):           "{\n  \"token\": \"a<b\",\n  \"expiresOn\": \"2033-05-05T23:08:09Z\"\n}\n",
		of(DeveloperStatus(&token, false)):  "{\n  \"status\": \"success\",\n  \"expiresOn\": \"2033-05-05T23:08:09Z\"\n}\n",
		of(DeveloperStatus(nil, false)):     "{\n  \"status\": \"unauthenticated\"\n}\n",
		of(DeveloperStatus(&token, true)):   "(alice@contoso.example) Logged in to Azure.\n",
		of(DeveloperStatus(&nobody, true)):  "Logged in to Azure.\n",
		of(DeveloperStatus(nil, true)):      "Not logged in, run `azd auth login` to login to Azure.\n",
		of(DeveloperVersions("v1", true)):   "azd version 1.18.1 (commit 0000000000000000000000000000000000000000)\n",
		of(DeveloperVersions("v<1", false)): "{\n  \"azd\": {\n    \"commit\": \"0000000000000000000000000000000000000000\",\n    \"version\": \"1.18.1\"\n  },\n  \"entralogin\": \"v<1\"\n}\n",
	} {
		if got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}
