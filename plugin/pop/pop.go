// Package pop signs requests with the key that an access token is bound to, so that the token is of no use to whoever
// has it without the key. Azure Arc's clusters take such requests in the place of a bearer token.
//
//   - https://datatracker.ietf.org/doc/html/draft-ietf-oauth-signed-http-request-03 (the request)
//   - https://www.rfc-editor.org/rfc/rfc7800 (the token's claim cnf)
//   - https://learn.microsoft.com/azure/azure-arc/kubernetes/conceptual-azure-rbac
//
// It was written from these and from what open clients and Azure's verifier (guard) send and check. No cluster of Azure
// Arc was at hand.
//
// The package imports the standard library alone, and of that neither crypto/x509 nor net: a warm call signs before the
// rest of the program is initialised.
package pop

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

const (
	bits     = 2048
	exponent = 65537
)

// Life is how long a signed request is used: guard refuses one that is older than 15 minutes, and a minute is for its
// way and for clocks.
const Life = 14 * time.Minute

// Key signs requests.
type Key struct {
	private *rsa.PrivateKey
	public  public
	id      string
}

// public is what a request has of its key, in the order of RFC 7638.
type public struct {
	E   string `json:"e"`
	Kty string `json:"kty"`
	N   string `json:"n"`
}

// jwk is a private key in the form of RFC 7517 and RFC 7518, section 6.3.2. With the values for the Chinese remainder
// theorem at hand it is ready to sign at once.
type jwk struct {
	public
	D  string `json:"d"`
	P  string `json:"p"`
	Q  string `json:"q"`
	DP string `json:"dp"`
	DQ string `json:"dq"`
	QI string `json:"qi"`
}

// New makes a key. That takes a while: half a second on a busy machine.
func New() (*Key, error) {
	private, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return nil, err
	}
	return newKey(private), nil
}

func newKey(private *rsa.PrivateKey) *Key {
	k := &Key{private: private, public: public{E: number(big.NewInt(exponent)), Kty: "RSA", N: number(private.N)}}
	k.id = k.public.thumbprint()
	return k
}

// ErrKey means that a text is no key that Marshal wrote.
var ErrKey = errors.New("is no RSA key of 2,048 bits")

// Parse reads what Marshal wrote. The error is ErrKey: it shows nothing of the text.
func Parse(text []byte) (*Key, error) {
	var w jwk
	if json.Unmarshal(text, &w) != nil || w.Kty != "RSA" {
		return nil, ErrKey
	}
	var numbers [8]*big.Int
	for i, s := range []string{w.N, w.E, w.D, w.P, w.Q, w.DP, w.DQ, w.QI} {
		b, err := base64.RawURLEncoding.Strict().DecodeString(s)
		if err != nil || len(b) == 0 || len(b) > bits/8 {
			return nil, ErrKey
		}
		numbers[i] = new(big.Int).SetBytes(b)
	}
	n, e := numbers[0], numbers[1]
	if n.BitLen() != bits || !e.IsInt64() || e.Int64() != exponent {
		return nil, ErrKey
	}
	private := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: exponent}, D: numbers[2], Primes: []*big.Int{numbers[3], numbers[4]},
		Precomputed: rsa.PrecomputedValues{Dp: numbers[5], Dq: numbers[6], Qinv: numbers[7]}}
	private.Precompute()
	if private.Validate() != nil { // which looks no further once the values have been found to fit
		return nil, ErrKey
	}
	return newKey(private), nil
}

// Marshal writes the key, with all that is secret of it, as a JSON Web Key.
func (k *Key) Marshal() []byte {
	p, more := k.private, k.private.Precomputed
	text, _ := json.Marshal(jwk{k.public, number(p.D), number(p.Primes[0]), number(p.Primes[1]), number(more.Dp), number(more.Dq), number(more.Qinv)})
	return text
}

// number writes a number as RFC 7518, section 2, says (Base64urlUInt).
func number(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.Bytes()) }

// ID is the key's thumbprint (RFC 7638), by which tokens name it.
func (k *Key) ID() string { return k.id }

// "construct a JSON object containing only the required members of a JWK representing the key and with no whitespace or
// line breaks before or after any syntactic elements and with the required members ordered lexicographically"
// (https://www.rfc-editor.org/rfc/rfc7638#section-3).
func (p public) thumbprint() string {
	text, _ := json.Marshal(p)
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Sign returns the request for the cluster of that name, signed at the time now, with a token that is bound to the key.
// Each is good for one caller and for Life: it is made anew for each call and kept nowhere.
func (k *Key) Sign(token, cluster string, now time.Time) (string, error) {
	header, _ := json.Marshal(map[string]string{"typ": "pop", "alg": "RS256", "kid": k.id}) // guard takes no other alg
	var payload struct {
		Token   string `json:"at"`
		Time    int64  `json:"ts"` // seconds since 1970
		Cluster string `json:"u"`
		Key     struct {
			JWK public `json:"jwk"`
		} `json:"cnf"`
		Nonce string `json:"nonce"`
	}
	payload.Token, payload.Time, payload.Cluster, payload.Key.JWK, payload.Nonce = token, now.Unix(), cluster, k.public, rand.Text()
	body, err := json.Marshal(payload)
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(body)
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, k.private, crypto.SHA256, digest[:])
	if err != nil {
		return "", fmt.Errorf("the request can't be signed: %w", err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// Scheme asks for a token that is bound to the key of that thumbprint, as MSAL's AuthenticationScheme.
type Scheme string

// TokenRequestParams are those of the token request. "sw" says that the key lies in software.
func (s Scheme) TokenRequestParams() map[string]string {
	confirmation, _ := json.Marshal(map[string]string{"kid": string(s), "xms_ksl": "sw"})
	return map[string]string{"token_type": s.AccessTokenType(), "req_cnf": base64.RawURLEncoding.EncodeToString(confirmation)}
}

// KeyID is the thumbprint.
func (s Scheme) KeyID() string { return string(s) }

// FormatAccessToken leaves the token as it is: requests are signed where one is handed out.
func (s Scheme) FormatAccessToken(token string) (string, error) { return token, nil }

// AccessTokenType is "pop".
func (Scheme) AccessTokenType() string { return Type }

// Type is the token_type of a token that is bound to a key.
const Type = "pop"

// Bound reports whether an access token's claims (a JSON object) name the key of that thumbprint: with its ID, or with
// the key itself (RFC 7800, sections 3.2 and 3.4).
func Bound(claims []byte, id string) bool {
	var c struct {
		Confirmation struct {
			ID  string  `json:"kid"`
			JWK *public `json:"jwk"`
		} `json:"cnf"`
	}
	if json.Unmarshal(claims, &c) != nil || id == "" {
		return false
	}
	if jwk := c.Confirmation.JWK; jwk != nil && jwk.thumbprint() != id {
		return false
	} else if jwk != nil && c.Confirmation.ID == "" {
		return true
	}
	return c.Confirmation.ID == id
}

// ClusterClaim is the claim with the name of the cluster: its ID in Azure Resource Manager.
const ClusterClaim = "u"

// longestCluster bounds a cluster's name, in bytes.
const longestCluster = 2048

// ParseClaims reads what --pop-claims says, as Azure/kubelogin takes it: pairs KEY=VALUE with commas between them, of
// which u names the cluster. The others say nothing: kubelogin puts them into no request either.
func ParseClaims(text string) (cluster string, err error) {
	seen := map[string]bool{}
	for pair := range strings.SplitSeq(text, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		switch {
		case key == "" || value == "" || strings.ContainsAny(value, "= ") || seen[key]:
			return "", errors.New("is no list of claims KEY=VALUE with commas between them, each key once")
		case key == ClusterClaim && len(value) > longestCluster:
			return "", errors.New("has a name of a cluster that is too long")
		case key == ClusterClaim:
			cluster = value
		}
		seen[key] = true
	}
	if cluster == "" {
		return "", errors.New("has no claim u, which names the cluster: u=/subscriptions/.../connectedClusters/NAME")
	}
	return cluster, nil
}
