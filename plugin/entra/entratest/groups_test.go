package entratest_test

import (
	"reflect"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// Groups that are changed show in the next tokens, of a refresh as well; too many give way to a reference.
func TestGroups(t *testing.T) {
	s := newServer(t)
	s.AutoApprove(entratest.Alice, 0)
	group := func(name string) any { return entratest.GroupID(entratest.TenantContoso, name) }
	before := signIn(t, s.Client(), s.URL, entratest.TenantContoso, everything)
	if err := s.SetGroups("alice", "ops", "everyone", "platform"); err != nil {
		t.Fatal(err)
	}
	s.Set(func(o *entratest.Settings) { o.GroupLimit = 3 })
	_, after := renew(t, s, entratest.TenantContoso, before["refresh_token"].(string), everything)
	s.Set(func(o *entratest.Settings) { o.GroupLimit = 2 })
	_, overage := renew(t, s, entratest.TenantContoso, before["refresh_token"].(string), everything)
	place := s.URL + "/" + entratest.TenantContoso + "/users/" + entratest.UserID(entratest.Alice, entratest.TenantContoso) + "/getMemberObjects"
	for _, test := range []struct {
		tokens         map[string]any
		groups         any
		names, sources any
	}{
		{before, []any{group("platform"), group("everyone")}, nil, nil},
		{after, []any{group("ops"), group("everyone"), group("platform")}, nil, nil},
		{overage, nil, map[string]any{"groups": "src1"}, map[string]any{"src1": map[string]any{"endpoint": place}}},
	} {
		for _, kind := range []string{"access_token", "id_token"} {
			claims := verifyIndependently(t, s.Client(), s.URL, test.tokens[kind].(string))
			for name, want := range map[string]any{"groups": test.groups, "_claim_names": test.names, "_claim_sources": test.sources} {
				if got := claims[name]; !reflect.DeepEqual(got, want) {
					t.Errorf("%s of the %s is %v, want %v", name, kind, got, want)
				}
			}
		}
	}
	if err := s.SetGroups("nobody", "ops"); err == nil {
		t.Error("nobody has groups")
	}
}
