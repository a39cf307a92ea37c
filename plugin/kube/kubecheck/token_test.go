package kubecheck

import (
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/claims"
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

func asked() cache.Key {
	return cache.Key{SessionID: cache.SessionID{Client: client}, Tenant: tenant, Scopes: []string{server + "/.default"}, Kind: cache.Access}
}

type claimSet = map[string]any

func TestCheckClaims(t *testing.T) {
	aks := func(a *cache.Key) { a.Scopes = []string{authority.AKSServer + "/.default"} }
	id := func(a *cache.Key) { a.Scopes, a.Kind = nil, cache.ID }
	v1 := "https://sts.windows.net/" + tenant + "/"
	for name, test := range map[string]struct {
		change claimSet // nil takes a claim out
		asked  func(*cache.Key)
		want   want
	}{
		"audience":                 {nil, nil, want{"ok", "the audience (aud) is " + server, ""}},
		"audience, api://":         {claimSet{"aud": "api://" + server}, nil, want{"ok", "the audience (aud) is api://" + server, ""}},
		"audience, spn:":           {claimSet{"aud": "spn:" + server}, nil, want{"ok", "the audience (aud) is spn:" + server, ""}},
		"audience, upper case":     {claimSet{"aud": strings.ToUpper(server)}, nil, want{"ok", "the audience (aud) is", ""}},
		"audiences":                {claimSet{"aud": []string{"x", server}}, nil, want{"ok", "the audience (aud) is x " + server, ""}},
		"asked by URI":             {nil, func(a *cache.Key) { a.Scopes = []string{"api://kubernetes.contoso.example/.default"} }, want{"ok", "the audience (aud) is", ""}},
		"another audience":         {claimSet{"aud": client}, nil, want{"warning", "and it was asked for " + server, "--server-id"}},
		"Graph":                    {claimSet{"aud": graphResource}, nil, want{"warning", "Microsoft Graph", "--server-id"}},
		"Graph by URI":             {claimSet{"aud": "https://graph.microsoft.com"}, nil, want{"warning", "Microsoft Graph", "--server-id"}},
		"no audience":              {claimSet{"aud": nil}, nil, want{"warning", "no audience", "login"}},
		"audience with ESC":        {claimSet{"aud": "a\x1b[2J\u202eb"}, nil, want{"ok", "the audience (aud) is a[2Jb", ""}},
		"ID token":                 {claimSet{"aud": client}, id, want{"ok", "the audience (aud) is " + client, ""}},
		"ID token for others":      {nil, id, want{"warning", "not the client " + client, "login"}},
		"issuer v2":                {nil, nil, want{"ok", "version 2.0", ""}},
		"issuer v1":                {claimSet{"iss": v1, "ver": "1.0"}, nil, want{"warning", "version 1.0", `"requestedAccessTokenVersion": 2`}},
		"issuer v1 without ver":    {claimSet{"iss": v1, "ver": nil}, nil, want{"warning", "sts.windows.net", `"requestedAccessTokenVersion": 2`}},
		"version 1, other issuer":  {claimSet{"ver": "1.0"}, nil, want{"warning", "version 1.0", `"requestedAccessTokenVersion": 2`}},
		"issuer v1 on AKS":         {claimSet{"iss": v1, "ver": "1.0", "aud": authority.AKSServer}, aks, want{"ok", "version 1.0", ""}},
		"another tenant":           {claimSet{"tid": otherTenant}, nil, want{"warning", "the tenant (tid) is " + otherTenant, "login"}},
		"asked by domain":          {nil, func(a *cache.Key) { a.Tenant = "contoso.example" }, want{"ok", "the user is", ""}},
		"another client":           {claimSet{"azp": server}, nil, want{"warning", "the client (azp or appid) is " + server, "login"}},
		"another client, v1":       {claimSet{"azp": nil, "appid": server}, nil, want{"warning", "the client (azp or appid) is " + server, "login"}},
		"user":                     {nil, nil, want{"ok", "the user is alice@contoso.example (preferred_username)", ""}},
		"user by upn":              {claimSet{"upn": "a@b"}, nil, want{"ok", "the user is a@b (upn)", ""}},
		"user with ESC":            {claimSet{"upn": "a\x1b[31mb\u200b"}, nil, want{"ok", "the user is a[31mb (upn)", ""}},
		"user is a number":         {claimSet{"preferred_username": 5}, nil, want{"warning", "only the object ID", "optional claim"}},
		"object ID alone":          {claimSet{"preferred_username": nil}, nil, want{"warning", "only the object ID 13378dd1", "optional claim"}},
		"nobody":                   {claimSet{"preferred_username": nil, "oid": nil}, nil, want{"warning", "names no user", "login"}},
		"two groups":               {nil, nil, want{"ok", "2 groups", ""}},
		"one group":                {claimSet{"groups": []string{"a"}}, nil, want{"ok", "1 group,", ""}},
		"no groups":                {claimSet{"groups": nil}, nil, want{"ok", "names no groups", ""}},
		"too many groups":          {claimSet{"groups": nil, "_claim_names": claimSet{"groups": "src1"}}, nil, want{"warning", "more than 200", "assigned to the application"}},
		"too many groups, flow":    {claimSet{"groups": nil, "hasgroups": true}, nil, want{"warning", "more than 200", "assigned to the application"}},
		"too many groups, AKS":     {claimSet{"aud": authority.AKSServer, "groups": nil, "hasgroups": "true"}, aks, want{"ok", "AKS looks them up", ""}},
		"other claims are sourced": {claimSet{"_claim_names": claimSet{"roles": "src1"}}, nil, want{"ok", "2 groups", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			a := asked()
			if test.asked != nil {
				test.asked(&a)
			}
			one(t, CheckClaims(read(t, test.change), a, "entralogin login"), test.want)
		})
	}
}

// read returns the good claims with some changed.
func read(t *testing.T, change claimSet) claims.Claims {
	t.Helper()
	all := good()
	for k, v := range change {
		if all[k] = v; v == nil {
			delete(all, k)
		}
	}
	c, err := claims.Read(token(t, all))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Whoever signs in without a client of its own, as a managed identity does, asked for none.
func TestCheckClaimsOfNoClient(t *testing.T) {
	key := asked()
	key.Client, key.Credential, key.Identity = "", "msi", "system"
	for _, f := range CheckClaims(read(t, nil), key, "login") {
		if f.Level != check.OK {
			t.Errorf("%+v", f)
		}
	}
}

func TestLife(t *testing.T) {
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	for name, test := range map[string]struct {
		change claimSet
		want   want
	}{
		"good":          {nil, want{"ok", "it ends in 60 minutes", ""}},
		"ended":         {claimSet{"exp": at(-2 * time.Hour)}, want{"ok", "ended 2 hours ago", ""}},
		"ends now":      {claimSet{"exp": at(0)}, want{"ok", "ended 0 seconds ago", ""}},
		"not yet":       {claimSet{"nbf": at(10 * time.Minute)}, want{"warning", "not valid before 10 minutes from now", "clock"}},
		"no end":        {claimSet{"exp": nil}, want{"warning", "does not say when it ends", "login"}},
		"end is a text": {claimSet{"exp": "tomorrow"}, want{"warning", "does not say when it ends", "login"}},
		"end is huge":   {claimSet{"exp": 1e300}, want{"warning", "does not say when it ends", "login"}},
	} {
		t.Run(name, func(t *testing.T) {
			one(t, []check.Finding{check.Token.Life(read(t, test.change), now, "entralogin login")}, test.want)
		})
	}
}
