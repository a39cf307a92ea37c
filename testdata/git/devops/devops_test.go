package devops

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A world is a Server with two organisations of different tenants, and one repository.
type world struct {
	*Server
	sim    *entratest.Server
	client *http.Client
}

func newWorld(t *testing.T) world {
	t.Helper()
	w := world{sim: entratest.NewServer()}
	t.Cleanup(w.sim.Close)
	var err error
	if w.Server, err = Start(w.sim, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	w.AddOrganization("contoso", entratest.TenantContoso)
	w.AddOrganization("fabrikam", entratest.TenantFabrikam)
	if _, err := w.AddRepository("contoso/tools/_git/app"); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(w.CertPEM())
	proxy, err := url.Parse(w.ProxyURL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	w.client = &http.Client{Transport: transport}
	return w
}

// token signs Carol in, who is of Fabrikam and a guest in Contoso.
func (w world) token(t *testing.T, tenant, resource string) string {
	t.Helper()
	post := func(endpoint string, form url.Values, answer any) {
		t.Helper()
		resp, err := w.sim.Client().PostForm(w.sim.URL+"/"+tenant+"/oauth2/v2.0/"+endpoint, form)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(answer); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatal(endpoint, resp.Status, err)
		}
	}
	var code struct {
		DeviceCode string `json:"device_code"`
		UserCode   string `json:"user_code"`
	}
	post("devicecode", url.Values{"client_id": {entratest.ClientID}, "scope": {resource + "/.default"}}, &code)
	if err := w.sim.Approve(code.UserCode, entratest.Carol); err != nil {
		t.Fatal(err)
	}
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	post("token", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"},
		"client_id": {entratest.ClientID}, "device_code": {code.DeviceCode}}, &answer)
	return answer.AccessToken
}

const app = "https://dev.azure.com/contoso/tools/_git/app"

// do sends a request with a token, as Bearer or as the password of Basic, unless that is "".
func (w world) do(t *testing.T, method, url, scheme, token string, body []byte) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case scheme == "Basic":
		req.SetBasicAuth("anybody", token)
	case token != "":
		req.Header.Set("Authorization", scheme+" "+token)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

// status asks for the references of a repository.
func (w world) status(t *testing.T, repository, scheme, token string) int {
	t.Helper()
	resp, _ := w.do(t, "GET", repository+"/info/refs?service=git-upload-pack", scheme, token, nil)
	return resp.StatusCode
}

func TestChallenge(t *testing.T) {
	w := newWorld(t)
	for url, tenant := range map[string]string{
		"https://dev.azure.com/contoso":                   entratest.TenantContoso,
		"https://dev.azure.com/fabrikam":                  entratest.TenantFabrikam,
		"https://contoso.visualstudio.com/":               entratest.TenantContoso,
		app + "/info/refs?service=git-upload-pack":        entratest.TenantContoso,
		app + ".git/info/lfs/objects/batch":               entratest.TenantContoso,
		"https://contoso.visualstudio.com/tools/_git/app": entratest.TenantContoso,
	} {
		for _, method := range []string{"HEAD", "GET"} {
			for _, token := range []string{"", "nonsense"} {
				resp, _ := w.do(t, method, url, "Bearer", token, nil)
				if resp.StatusCode != http.StatusUnauthorized {
					t.Errorf("%s %s: %s", method, url, resp.Status)
				}
				if got := resp.Header.Get("X-VSS-ResourceTenant"); got != tenant {
					t.Errorf("%s %s: tenant %q", method, url, got)
				}
				want := []string{"Bearer authorization_uri=https://login.microsoftonline.com/" + tenant,
					`Basic realm="https://tfsprodweu1.visualstudio.com/"`, "TFS-Federated"}
				if got := resp.Header.Values("WWW-Authenticate"); !slices.Equal(got, want) {
					t.Errorf("%s %s: %q", method, url, got)
				}
			}
		}
	}
	if resp, _ := w.do(t, "HEAD", "https://dev.azure.com/nobody", "", "", nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("an organisation that does not exist: %s", resp.Status)
	}
}

func TestTokens(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	good := w.token(t, entratest.TenantContoso, Audience)
	w.sim.Set(func(s *entratest.Settings) { s.TokenLife = time.Second })
	short := w.token(t, entratest.TenantContoso, Audience)
	time.Sleep(1100 * time.Millisecond)
	last := good[len(good)-1:]
	forged := good[:len(good)-10] + strings.Map(func(r rune) rune {
		if r == 'A' {
			return 'B'
		}
		return 'A'
	}, good[len(good)-10:len(good)-1]) + last
	w.sim.Set(func(s *entratest.Settings) { s.TokenLife = time.Hour })
	for name, test := range map[string]struct {
		token string
		want  int
	}{
		"good":           {good, 200},
		"empty":          {"", 401},
		"forged":         {forged, 401},
		"other tenant":   {w.token(t, entratest.TenantFabrikam, Audience), 401},
		"other audience": {w.token(t, entratest.TenantContoso, entratest.ServerID), 401},
		"other service":  {other.token(t, entratest.TenantContoso, Audience), 401},
		"expired":        {short, 401},
	} {
		for _, scheme := range []string{"Basic", "Bearer"} {
			if got := w.status(t, app, scheme, test.token); got != test.want {
				t.Errorf("%s, %s: %d, want %d", name, scheme, got, test.want)
			}
		}
	}
	if resp, _ := w.do(t, "HEAD", "https://dev.azure.com/contoso", "Bearer", good, nil); resp.StatusCode != http.StatusOK {
		t.Errorf("the organisation: %s", resp.Status)
	}
	if got := w.status(t, "https://contoso.visualstudio.com/tools/_git/app", "Bearer", good); got != http.StatusOK {
		t.Errorf("the old host: %d", got)
	}
}

func TestHostOfItsOwn(t *testing.T) {
	w := newWorld(t)
	w.AddHost("git.example", entratest.TenantContoso, entratest.ServerID)
	if _, err := w.AddRepository("git.example/app"); err != nil {
		t.Fatal(err)
	}
	const own = "https://git.example/app"
	if got := w.status(t, own, "Basic", w.token(t, entratest.TenantContoso, entratest.ServerID)); got != http.StatusOK {
		t.Errorf("its own audience: %d", got)
	}
	resp, _ := w.do(t, "GET", own+"/info/refs", "Basic", w.token(t, entratest.TenantContoso, Audience), nil)
	if got := resp.Header.Values("WWW-Authenticate"); resp.StatusCode != 401 || !slices.Equal(got, []string{`Basic realm="git"`}) {
		t.Errorf("another audience: %s, %q", resp.Status, got)
	}
}

func TestSwitches(t *testing.T) {
	w := newWorld(t)
	one, two := w.token(t, entratest.TenantContoso, Audience), w.token(t, entratest.TenantContoso, Audience)
	expect := func(what, token string, want ...int) {
		t.Helper()
		for i, status := range want {
			if got := w.status(t, app, "Bearer", token); got != status {
				t.Errorf("%s, request %d: %d, want %d", what, i+1, got, status)
			}
		}
	}
	w.RefuseNext(2)
	expect("no token", "", 401)
	expect("refused twice", one, 401, 401, 200)
	w.Forbid(true)
	expect("forbidden", one, 403, 403)
	w.Forbid(false)
	w.ExpireAfter(2)
	expect("expires", one, 200, 200, 401, 401)
	expect("came later", two, 200)
	w.Refuse(two)
	expect("refused for good", two, 401, 401)

	w.ResetRequests()
	expect("counted", two, 401)
	got := w.Requests()
	if len(got) != 1 || got[0].Token != two || got[0].Scheme != "Bearer" || got[0].Status != 401 || got[0].Host != "dev.azure.com" {
		t.Errorf("log: %+v", got)
	}
}

// The token goes in a header, with no helper: what fails here fails without entralogin.
func TestRealGit(t *testing.T) {
	w := newWorld(t)
	home := t.TempDir()
	cert := filepath.Join(home, "ca.pem")
	if err := os.WriteFile(cert, w.CertPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	work := filepath.Join(home, "app")
	git := func(token string, args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-c", "http.extraHeader=Authorization: Bearer " + token}, args...)...)
		cmd.Dir = home
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
			"GIT_SSL_CAINFO=" + cert, "https_proxy=" + w.ProxyURL, "GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example",
			"GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example"}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	good := w.token(t, entratest.TenantContoso, Audience)
	succeed := func(args ...string) {
		t.Helper()
		if out, err := git(good, args...); err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, out)
		}
	}
	succeed("clone", app, work)
	content := bytes.Repeat([]byte("0123456789abcde\n"), 1<<12)
	for i := range content {
		content[i] ^= byte(i * 7 >> 3)
	}
	if err := os.WriteFile(filepath.Join(work, "data"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	succeed("-C", work, "add", "data")
	succeed("-C", work, "commit", "-m", "data")
	succeed("-C", work, "push", "origin", "HEAD:main")
	again := filepath.Join(home, "again")
	succeed("clone", app, again)
	if got, err := os.ReadFile(filepath.Join(again, "data")); err != nil || !bytes.Equal(got, content) {
		t.Errorf("what was pushed does not come back: %d bytes, %v", len(got), err)
	}
	if out, err := git("nonsense", "ls-remote", app); err == nil {
		t.Errorf("a bad token was taken:\n%s", out)
	}
}

func TestLFS(t *testing.T) {
	w := newWorld(t)
	token := w.token(t, entratest.TenantContoso, Audience)
	content := []byte("a large file")
	sum := sha256.Sum256(content)
	oid := hex.EncodeToString(sum[:])
	batch := func(operation string) object {
		t.Helper()
		body := fmt.Sprintf(`{"operation":%q,"transfers":["basic"],"objects":[{"oid":%q,"size":%d}]}`, operation, oid, len(content))
		resp, text := w.do(t, "POST", app+"/info/lfs/objects/batch", "Basic", token, []byte(body))
		var answer struct{ Objects []object }
		if err := json.Unmarshal([]byte(text), &answer); err != nil || resp.StatusCode != 200 || len(answer.Objects) != 1 {
			t.Fatalf("%s: %s %s", operation, resp.Status, text)
		}
		return answer.Objects[0]
	}
	if o := batch("download"); o.Error == nil || o.Error.Code != http.StatusNotFound {
		t.Errorf("an object that is not there: %+v", o)
	}
	put := batch("upload").Actions["upload"].Href
	if resp, _ := w.do(t, "PUT", put, "", "", content); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: %s", resp.Status)
	}
	if resp, _ := w.do(t, "PUT", put, "Basic", token, []byte("other")); resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("other content: %s", resp.Status)
	}
	if resp, text := w.do(t, "PUT", put, "Basic", token, content); resp.StatusCode != http.StatusOK {
		t.Errorf("upload: %s %s", resp.Status, text)
	}
	if o := batch("upload"); o.Actions != nil {
		t.Errorf("asked for again: %+v", o)
	}
	if _, text := w.do(t, "GET", batch("download").Actions["download"].Href, "Basic", token, nil); text != string(content) {
		t.Errorf("download: %q", text)
	}
}

func TestProxyLeadsNowhereElse(t *testing.T) {
	w := newWorld(t)
	strangers := []string{"example.com:443", "dev.azure.com.evil.example:443", "evilvisualstudio.com:443", "dev.azure.com:8443"}
	for _, address := range strangers {
		if _, err := w.client.Get("https://" + address + "/contoso"); err == nil || !strings.Contains(err.Error(), "Forbidden") {
			t.Errorf("%s: %v", address, err)
		}
	}
	if got := w.Strangers(); !slices.Equal(got, strangers) {
		t.Errorf("strangers: %q", got)
	}
}
