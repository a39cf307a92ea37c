package calls

import (
	"testing"

	"github.com/entralogin/entralogin/plugin/config"
)

// The profile of a registry counts for it.
func TestProfileOfRegistry(t *testing.T) {
	f := factory(t, nil, "client-id: "+client+"\nprofiles: {work: {account: erin@contoso.example}}\nregistries:\n- {host: contoso.azurecr.io, profile: work}\n")
	d, err := FindDocker(f, nil, "contoso.azurecr.io")
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.Config().Settings(d.Call())
	if err != nil {
		t.Fatal(err)
	}
	if account, _ := s.Get(config.Account); account != "erin@contoso.example" {
		t.Errorf("account %q", account)
	}
}
