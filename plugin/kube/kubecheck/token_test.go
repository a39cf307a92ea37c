package kubecheck

import (
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
)

const (
	tenant      = "c0170500-1a2b-4c3d-8e4f-5a6b7c8d9e0f"
	otherTenant = "fab21ca0-2b3c-4d5e-9f60-7a8b9cadbecf"
	client      = "0c11e470-3c4d-4e5f-8a6b-1c2d3e4f5a6b"
	server      = "5e12fe20-6f70-4182-9d9e-4f5a6b7c8d9e"
)

// now is the time of this machine in the tests.
var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// good are the claims of a token in which there is nothing to be found.
func good() map[string]any {
	return map[string]any{"aud": server, "iss": "https://login.microsoftonline.com/" + tenant + "/v2.0", "ver": "2.0", "tid": tenant,
		"azp": client, "oid": "13378dd1-5466-4d94-91f7-e055c9f14c70", "preferred_username": "alice@contoso.example",
		"exp": now.Add(time.Hour).Unix(), "nbf": now.Add(-5 * time.Minute).Unix(), "groups": []string{"a", "b"}}
}

func asked() Asked {
	return Asked{Tenant: tenant, Client: client, Scopes: []string{server + "/.default"}, Kind: cache.Access}
}

type claims = map[string]any

func TestCheckClaims(t *testing.T) {
	aks := func(a *Asked) { a.Scopes = []string{aksServer + "/.default"} }
	id := func(a *Asked) { a.Scopes, a.Kind = nil, cache.ID }
	v1 := "https://sts.windows.net/" + tenant + "/"
	for name, test := range map[string]struct {
		change claims // nil takes a claim out
		asked  func(*Asked)
		want   want
	}{
		"audience":                 {nil, nil, want{"ok", "the audience (aud) is " + server, ""}},
		"audience, api://":         {claims{"aud": "api://" + server}, nil, want{"ok", "the audience (aud) is api://" + server, ""}},
		"audience, spn:":           {claims{"aud": "spn:" + server}, nil, want{"ok", "the audience (aud) is spn:" + server, ""}},
		"audience, upper case":     {claims{"aud": strings.ToUpper(server)}, nil, want{"ok", "the audience (aud) is", ""}},
		"audiences":                {claims{"aud": []string{"x", server}}, nil, want{"ok", "the audience (aud) is x " + server, ""}},
		"asked by URI":             {nil, func(a *Asked) { a.Scopes = []string{"api://kubernetes.contoso.example/.default"} }, want{"ok", "the audience (aud) is", ""}},
		"another audience":         {claims{"aud": client}, nil, want{"warning", "and it was asked for " + server, "--server-id"}},
		"Graph":                    {claims{"aud": graphResource}, nil, want{"warning", "Microsoft Graph", "--server-id"}},
		"Graph by URI":             {claims{"aud": "https://graph.microsoft.com"}, nil, want{"warning", "Microsoft Graph", "--server-id"}},
		"no audience":              {claims{"aud": nil}, nil, want{"warning", "no audience", "login"}},
		"audience with ESC":        {claims{"aud": "a\x1b[2J\u202eb"}, nil, want{"ok", "the audience (aud) is a[2Jb", ""}},
		"ID token":                 {claims{"aud": client}, id, want{"ok", "the audience (aud) is " + client, ""}},
		"ID token for others":      {nil, id, want{"warning", "not the client " + client, "login"}},
		"issuer v2":                {nil, nil, want{"ok", "version 2.0", ""}},
		"issuer v1":                {claims{"iss": v1, "ver": "1.0"}, nil, want{"warning", "version 1.0", `"requestedAccessTokenVersion": 2`}},
		"issuer v1 without ver":    {claims{"iss": v1, "ver": nil}, nil, want{"warning", "sts.windows.net", `"requestedAccessTokenVersion": 2`}},
		"version 1, other issuer":  {claims{"ver": "1.0"}, nil, want{"warning", "version 1.0", `"requestedAccessTokenVersion": 2`}},
		"issuer v1 on AKS":         {claims{"iss": v1, "ver": "1.0", "aud": aksServer}, aks, want{"ok", "version 1.0", ""}},
		"another tenant":           {claims{"tid": otherTenant}, nil, want{"warning", "the tenant (tid) is " + otherTenant, "login"}},
		"asked by domain":          {nil, func(a *Asked) { a.Tenant = "contoso.example" }, want{"ok", "the user is", ""}},
		"another client":           {claims{"azp": server}, nil, want{"warning", "the client (azp or appid) is " + server, "login"}},
		"another client, v1":       {claims{"azp": nil, "appid": server}, nil, want{"warning", "the client (azp or appid) is " + server, "login"}},
		"user":                     {nil, nil, want{"ok", "the user is alice@contoso.example (preferred_username)", ""}},
		"user by upn":              {claims{"upn": "a@b"}, nil, want{"ok", "the user is a@b (upn)", ""}},
		"user with ESC":            {claims{"upn": "a\x1b[31mb\u200b"}, nil, want{"ok", "the user is a[31mb (upn)", ""}},
		"user is a number":         {claims{"preferred_username": 5}, nil, want{"warning", "only the object ID", "optional claim"}},
		"object ID alone":          {claims{"preferred_username": nil}, nil, want{"warning", "only the object ID 13378dd1", "optional claim"}},
		"nobody":                   {claims{"preferred_username": nil, "oid": nil}, nil, want{"warning", "names no user", "login"}},
		"two groups":               {nil, nil, want{"ok", "2 groups", ""}},
		"one group":                {claims{"groups": []string{"a"}}, nil, want{"ok", "1 group,", ""}},
		"no groups":                {claims{"groups": nil}, nil, want{"ok", "names no groups", ""}},
		"too many groups":          {claims{"groups": nil, "_claim_names": claims{"groups": "src1"}}, nil, want{"warning", "more than 200", "assigned to the application"}},
		"too many groups, flow":    {claims{"groups": nil, "hasgroups": true}, nil, want{"warning", "more than 200", "assigned to the application"}},
		"too many groups, AKS":     {claims{"aud": aksServer, "groups": nil, "hasgroups": "true"}, aks, want{"ok", "AKS looks them up", ""}},
		"other claims are sourced": {claims{"_claim_names": claims{"roles": "src1"}}, nil, want{"ok", "2 groups", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			a := asked()
			if test.asked != nil {
				test.asked(&a)
			}
			one(t, CheckClaims(read(t, test.change), a), test.want)
		})
	}
}

// read returns the good claims with some changed.
func read(t *testing.T, change claims) plugin.Claims {
	t.Helper()
	all := good()
	for k, v := range change {
		if all[k] = v; v == nil {
			delete(all, k)
		}
	}
	c, err := plugin.ReadClaims(token(t, all))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCheckLife(t *testing.T) {
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	for name, test := range map[string]struct {
		change claims
		want   want
	}{
		"good":          {nil, want{"ok", "it ends in 60 minutes", ""}},
		"ended":         {claims{"exp": at(-2 * time.Hour)}, want{"warning", "ended 2 hours ago", ""}},
		"ends now":      {claims{"exp": at(0)}, want{"warning", "ended 0 seconds ago", ""}},
		"not yet":       {claims{"nbf": at(10 * time.Minute)}, want{"warning", "not valid before 10 minutes from now", "clock"}},
		"no end":        {claims{"exp": nil}, want{"warning", "does not say when it ends", "login"}},
		"end is a text": {claims{"exp": "tomorrow"}, want{"warning", "does not say when it ends", "login"}},
		"end is huge":   {claims{"exp": 1e300}, want{"warning", "does not say when it ends", "login"}},
	} {
		t.Run(name, func(t *testing.T) { one(t, []plugin.Finding{CheckLife(read(t, test.change), now)}, test.want) })
	}
}

func TestReadClaimsRefuses(t *testing.T) {
	for _, text := range []string{"", "opaque", "a.b", "a.b.c", "a.bnVsbA.c", "a.W10.c", "a.e30", "a.e30.c.d", "a.e30=!.c"} {
		if c, err := plugin.ReadClaims(cache.NewSecret(text)); err == nil {
			t.Errorf("%q was read: %+v", text, c)
		} else if text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%q stands in the error %v", text, err)
		}
	}
}
