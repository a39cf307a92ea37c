package git

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
)

func place(t *testing.T, text string) Place {
	t.Helper()
	p := Find(mustRead(t, "protocol=https\n"+text), hosts())
	if !p.Ours {
		t.Fatalf("not ours: %q", text)
	}
	return p
}

func TestAsk(t *testing.T) {
	type header = [][2]string
	bearer := [2]string{"WWW-Authenticate", "Bearer authorization_uri=" + login + contoso}
	basic := [2]string{"WWW-Authenticate", `Basic realm="https://tfsproduks1.visualstudio.com/"`}
	tenant := func(id string) [2]string { return [2]string{"X-VSS-ResourceTenant", id} }
	for name, test := range map[string]struct {
		status int
		header header
		want   string
	}{
		"as Azure DevOps answers":      {401, header{bearer, basic, {"WWW-Authenticate", "TFS-Federated"}, tenant(contoso)}, contoso},
		"the challenge counts more":    {401, header{tenant(fabrikam), basic, bearer}, contoso},
		"no challenge":                 {401, header{tenant(strings.ToUpper(contoso))}, contoso},
		"a public organisation":        {200, header{tenant(contoso)}, contoso},
		"the challenge says common":    {401, header{{"WWW-Authenticate", "Bearer authorization_uri=" + login + "common"}, tenant(contoso)}, contoso},
		"the first that is not empty":  {401, header{tenant(nobody), tenant(contoso), tenant(fabrikam)}, contoso},
		"a list":                       {403, header{tenant(nobody + ", " + contoso + "," + fabrikam)}, contoso},
		"personal accounts":            {401, header{tenant(nobody)}, personal},
		"the empty GUID twice":         {401, header{tenant(nobody), tenant(nobody)}, ""},
		"the empty GUID and nonsense":  {401, header{tenant(nobody + ",x")}, ""},
		"the empty GUID, out of order": {503, header{tenant(nobody)}, ""},
		"the empty GUID, not found":    {404, header{tenant(nobody)}, ""},
		"nonsense":                     {401, header{tenant("common"), tenant("contoso.example"), tenant("\x1b[31m" + contoso), tenant(contoso + "/x")}, ""},
		"an empty header":              {401, header{tenant("")}, ""},
		"nothing":                      {401, nil, ""},
		"busy":                         {429, header{bearer}, ""},
		"a redirect that names it":     {302, header{{"Location", "https://app.vssps.visualstudio.com/_signin"}, {"X-VSS-ResourceTenant", contoso}}, contoso},
		"a redirect":                   {302, header{{"Location", "https://evil.example/" + contoso}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			https := azure(t, func(w http.ResponseWriter, req *http.Request) {
				if req.Method != http.MethodHead || !req.Close || req.Host != authority.DevAzure || req.URL.String() != "/contoso" ||
					req.Header.Get("X-TFS-FedAuthRedirect") != "Suppress" || req.Header.Get("Authorization")+req.Header.Get("Cookie") != "" {
					t.Errorf("got %s %s of %s with %v", req.Method, req.URL, req.Host, req.Header)
				}
				for _, h := range test.header {
					w.Header().Add(h[0], h[1])
				}
				w.WriteHeader(test.status)
			})
			got, err := Tenants{HTTPS: https}.Of(t.Context(), place(t, "host=dev.azure.com\npath=Contoso/x\n"), nil)
			if unknown := (*TenantError)(nil); test.want == "" && !errors.As(err, &unknown) || test.want != "" && err != nil {
				t.Errorf("got the error %v", err)
			}
			if got.ID != test.want {
				t.Errorf("got %q, want %q", got.ID, test.want)
			}
			if class, ok := map[string]failure.Class{"busy": failure.Network, "nothing": failure.Config}[name]; ok && failure.Of(err) != class {
				t.Errorf("the class is %q", failure.Of(err))
			}
			if err != nil && (strings.Contains(err.Error(), "\x1b") || !strings.Contains(err.Error(), "https://dev.azure.com/contoso")) {
				t.Errorf("got %q", err)
			}
			asks(t, "dev.azure.com:443")
		})
	}
}

func TestAskVisualStudio(t *testing.T) {
	https := azure(t, func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("X-VSS-ResourceTenant", contoso)
		if req.Host != "contoso.visualstudio.com" || req.URL.String() != "/" {
			w.WriteHeader(http.StatusNotFound)
		}
	})
	got, err := Tenants{HTTPS: https}.Of(t.Context(), place(t, "host=Contoso.visualstudio.com\npath=x/y\n"), nil)
	if err != nil || got.ID != contoso {
		t.Errorf("got %+v and %v", got, err)
	}
	asks(t, "contoso.visualstudio.com:443")
}

func TestAskFails(t *testing.T) {
	block := make(chan struct{})
	defer close(block)
	slow := azure(t, func(http.ResponseWriter, *http.Request) { <-block })
	p := place(t, "host=dev.azure.com\npath=contoso\n")
	var network *https.NetworkError

	limited := slow
	limited.Limit = 20 * time.Millisecond
	_, err := Tenants{HTTPS: limited}.Of(t.Context(), p, nil)
	if !errors.As(err, &network) || !strings.HasPrefix(err.Error(), "the tenant of https://dev.azure.com/contoso is not known: dev.azure.com can't be reached: no answer within 20ms, through the proxy ") {
		t.Errorf("slow: %v", err)
	}
	if failure.Of(err) != failure.Network {
		t.Errorf("slow: the class is %q", failure.Of(err))
	}
	_, err = Tenants{}.Of(t.Context(), p, nil)
	if !errors.As(err, &network) || !strings.Contains(err.Error(), "not trusted here") {
		t.Errorf("untrusted: %v", err)
	}
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	if _, err = (Tenants{HTTPS: slow, Default: "default"}).Of(ctx, p, nil); err != stop {
		t.Errorf("cancelled: %v", err)
	}
}

func TestOrderOfTenants(t *testing.T) {
	const azureContoso, azureNothing = "host=dev.azure.com\npath=Contoso\n", "host=dev.azure.com\n"
	challenge := []string{"Basic", "Bearer authorization_uri=" + login + contoso}
	for name, test := range map[string]struct {
		place      string
		wwwauth    []string
		remembered string
		answer     string // of Azure DevOps; "" is 401 without a tenant
		config     string

		want, origin string // "" is a *TenantError
		asked        bool
		after        string // what is remembered then
		note         string
	}{
		"the challenge comes first":       {azureContoso, challenge, fabrikam, fabrikam, "default", contoso, "the challenge of dev.azure.com", false, contoso, ""},
		"the challenge is remembered":     {azureContoso, challenge, "", fabrikam, "default", contoso, "the challenge of dev.azure.com", false, contoso, ""},
		"then what is remembered":         {azureContoso, []string{"Basic"}, contoso, fabrikam, "default", contoso, "what is remembered of contoso", false, contoso, ""},
		"remembered as personal":          {azureContoso, nil, personal, fabrikam, "default", personal, "what is remembered of contoso", false, personal, ""},
		"what is remembered is nonsense":  {azureContoso, nil, "common", contoso, "default", contoso, "the answer of dev.azure.com", true, contoso, ""},
		"then Azure DevOps":               {azureContoso, nil, "", contoso, "default", contoso, "the answer of dev.azure.com", true, contoso, ""},
		"then the config":                 {azureContoso, nil, "", "", "default", "default", "the config", true, "", "names no tenant; the config's tenant is used"},
		"the host's config counts more":   {"host=fabrikam.visualstudio.com\n", nil, "", "", "default", "t3", "the config", true, "", "the config's tenant is used"},
		"never common":                    {azureContoso, nil, "", "", "Common", "", "", true, "", ""},
		"no organisation":                 {azureNothing, nil, contoso, contoso, "default", "default", "the config", false, "", "git does not say which organisation"},
		"no organisation, but challenged": {azureNothing, challenge, "", fabrikam, "default", contoso, "the challenge of dev.azure.com", false, "", ""},
		"nothing at all":                  {azureNothing, nil, "", "", "", "", "", false, "", ""},
		"the config's host":               {"host=git.contoso.example\n", challenge, contoso, fabrikam, "default", "t0", "the config", false, "", ""},
		"the config's host without one":   {"host=git.contoso.example:8443\n", nil, contoso, fabrikam, "default", "default", "the config", false, "", ""},
		"the same with a challenge":       {"host=git.contoso.example:8443\n", challenge, fabrikam, fabrikam, "default", contoso, "the challenge of git.contoso.example:8443", false, "", ""},
		"the same with nothing":           {"host=git.contoso.example:8443\n", nil, "", "", "", "", "", false, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			https := azure(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-VSS-ResourceTenant", test.answer)
				w.WriteHeader(http.StatusUnauthorized)
			})
			p := place(t, test.place)
			got, err := Tenants{HTTPS: https, Remembered: test.remembered, Default: test.config}.Of(t.Context(), p, test.wwwauth)
			var unknown *TenantError
			if test.want == "" && (!errors.As(err, &unknown) || unknown.Place != p) || test.want != "" && err != nil {
				t.Errorf("got the error %v", err)
			}
			if got.ID != test.want || got.Origin != test.origin {
				t.Errorf("got %+v", got)
			}
			if asked := len(world.asked()) > 0; asked != test.asked {
				t.Errorf("asked is %v", asked)
			}
			if isNew := test.after != "" && test.after != test.remembered; got.New != isNew {
				t.Errorf("to be remembered: %v", got.New)
			}
			if !strings.Contains(got.Note, test.note) || test.note == "" && got.Note != "" {
				t.Errorf("noted is %q", got.Note)
			}
		})
	}
}

func TestTenantErrorWords(t *testing.T) {
	for text, want := range map[string]string{
		"host=dev.azure.com\n":            "git does not say which organisation of dev.azure.com is meant, so its tenant is not known",
		"host=git.contoso.example:8443\n": "neither the config nor the host says which tenant https://git.contoso.example:8443 belongs to",
	} {
		if _, err := (Tenants{}).Of(t.Context(), place(t, text), nil); err == nil || err.Error() != want {
			t.Errorf("got %v", err)
		}
	}
	asks(t)
}
