package config

import (
	"reflect"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cache"
)

const (
	idA = "aaaaaaaa-1111-2222-3333-444444444444"
	idB = "bbbbbbbb-1111-2222-3333-444444444444"
	inT = "c0170500-1a2b-4c3d-8e4f-5a6b7c8d9e0f"
)

func TestSubscriptionsOfFile(t *testing.T) {
	const text = "subscriptions:\n- {id: " + idA + ", name: Größe 1, tenant: " + inT + "}\n- {tenant: " + inT + ", id: " + idB + "}\n" +
		"profiles:\n  work:\n    subscriptions: [{id: " + idB + ", name: At work, tenant: " + inT + "}]\n  home:\n    qr: true\n"
	a := cache.Subscription{ID: idA, Name: "Größe 1", State: "Enabled", Tenant: inT, HomeTenant: inT}
	b := cache.Subscription{ID: idB, Name: idB, State: "Enabled", Tenant: inT, HomeTenant: inT}
	atWork := b
	atWork.Name = "At work"
	f, err := Parse("config.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for profile, want := range map[string][]cache.Subscription{"": {a, b}, "home": {a, b}, "work": {atWork}} {
		flags := map[string]string{Profile: profile}
		if profile == "" {
			flags = nil
		}
		s, err := (Source{Getenv: func(string) string { return "" }, File: f}).Settings(Call{Flags: Flags(flags)})
		if got := s.Subscriptions(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v", profile, got, err)
		}
	}
	for key, want := range map[string][]string{"subscriptions": {idA + " " + inT + " Größe 1", idB + " " + inT}, "profiles.work.subscriptions": {idB + " " + inT + " At work"}} {
		k, err := ParseKey(key)
		if got := f.Below(k); err != nil || len(got) != 1 || !reflect.DeepEqual(got[0].Values, want) {
			t.Errorf("%s: %+v, %v", key, got, err)
		}
	}
}

func TestBadSubscriptions(t *testing.T) {
	good := "{id: " + idA + ", name: x, tenant: " + inT + "}"
	for text, want := range map[string]string{
		"subscriptions: x":                                                              "has subscriptions that are no list",
		"subscriptions: []":                                                             "has subscriptions that are empty",
		"subscriptions:":                                                                "has subscriptions that are no list",
		"subscriptions: [x]":                                                            "no list of id, name and tenant",
		"subscriptions: [[x]]":                                                          "no list of id, name and tenant",
		"subscriptions: [{id: x, tenant: " + inT + "}]":                                 `whose id is no GUID: "x"`,
		"subscriptions: [{name: x, tenant: " + inT + "}]":                               `whose id is no GUID: ""`,
		"subscriptions: [{id: " + idA + ", name: x}]":                                   "whose tenant is no GUID",
		"subscriptions: [{id: " + idA + ", tenant: contoso.example}]":                   `whose tenant is no GUID: "contoso.example"`,
		"subscriptions: [{id: " + idA + ", name: 5, tenant: " + inT + "}]":              "name that is no text",
		"subscriptions: [{id: " + idA + ", name: '', tenant: " + inT + "}]":             "empty name",
		"subscriptions: [{id: " + idA + ", name: \"a\\eb\", tenant: " + inT + "}]":      "control or invisible",
		"subscriptions: [{id: " + idA + ", tenantId: " + inT + "}]":                     `did you mean "tenant"`,
		"subscriptions: [" + good + ", " + strings.Replace(good, "aaa", "AAA", 1) + "]": "twice",
		"profiles: {a: {subscriptions: [x]}}":                                           "in the profile a has a subscription that is no list",
		"profiles: {a: {subscription_s: x}}":                                            `did you mean "subscriptions"`,
		"subscriptons: [" + good + "]":                                                  `did you mean "subscriptions"`,
		"authorities: [{host: a.example, resource-manager: 'http://arm.example'}]":      "whose resource-manager is not https",
		"authorities: [{host: a.example, resource-manager: 'https://arm.example/x'}]":   "whose resource-manager has more than scheme",
		"authorities: [{host: a.example, resource_manager: 'https://arm.example'}]":     `did you mean "resource-manager"`,
	} {
		if _, err := Parse("config.yaml", []byte(text+"\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, not %q", text, err, want)
		}
	}
}

// "config set" takes what "config get" prints.
func TestEditSubscriptions(t *testing.T) {
	for _, key := range []string{"subscriptions", "profiles.work.subscriptions"} {
		edited, err := Edit("config.yaml", []byte("# mine\nqr: true\n"), Set(key, idA+" "+inT+" Größe 1", idB+" "+inT))
		if err != nil {
			t.Fatal(err)
		}
		f, err := Parse("config.yaml", edited)
		k, _ := ParseKey(key)
		if got := f.Below(k); err != nil || len(got) != 1 || !reflect.DeepEqual(got[0].Values, []string{idA + " " + inT + " Größe 1", idB + " " + inT}) || !strings.HasPrefix(string(edited), "# mine\nqr: true\n") {
			t.Errorf("%s: %+v, %v\n%s", key, got, err, edited)
		}
		if edited, err = Edit("config.yaml", edited, Unset(key)); err != nil || string(edited) != "# mine\nqr: true\n" {
			t.Errorf("%s: left %q, %v", key, edited, err)
		}
		for _, value := range []string{idA, "x " + inT, idA + " contoso.example Name", idA + "  " + inT} {
			if _, err := Edit("config.yaml", nil, Set(key, value)); err == nil || !strings.Contains(err.Error(), "no GUID") && !strings.Contains(err.Error(), "empty tenant") {
				t.Errorf("%s %q: %v", key, value, err)
			}
		}
	}
}

// A cloud has an Azure Resource Manager; the config may name another, or one for a sign-in service that has none.
func TestResourceManager(t *testing.T) {
	f, err := Parse("config.yaml", []byte("authorities:\n- host: login.example.com\n  resource-manager: arm.example.com:443\n- host: login.microsoftonline.us\n  resource-manager: https://arm.example.com:8443\n- host: bare.example.com\n"))
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{"login.microsoftonline.com": "https://management.azure.com", "login.example.com": "https://arm.example.com",
		"login.microsoftonline.us": "https://arm.example.com:8443", "bare.example.com": ""} {
		if a, ok := f.Authority(host); !ok || a.ResourceManager != want {
			t.Errorf("%s: %q, %v", host, a.ResourceManager, ok)
		}
	}
	edited, err := Edit("config.yaml", nil, Set("authorities.login.example.com.resource-manager", "https://arm.example.com"))
	if want := "authorities:\n- host: login.example.com\n  resource-manager: https://arm.example.com\n"; err != nil || string(edited) != want {
		t.Errorf("%s, %v", edited, err)
	}
}
