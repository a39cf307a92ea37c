package claims

import "testing"

const azure = "499b84ac-1321-427f-aa17-267ca6975798"

// An application ID is the same in each of its forms.
func TestIsFor(t *testing.T) {
	for _, aud := range []string{azure, "api://" + azure, "spn:" + azure, "API://" + azure + "/", "499B84AC-1321-427F-AA17-267CA6975798"} {
		c := Claims{Audience: []string{"another", aud}}
		if got := c.IsFor("api://" + azure); got != (aud[:3] != "API") {
			t.Errorf("%s: %v", aud, got)
		}
	}
	if (Claims{}).IsFor(azure) || (Claims{Audience: []string{azure + "0"}}).IsFor(azure) {
		t.Error("a token for nobody, or for somebody else, is for this one")
	}
}
