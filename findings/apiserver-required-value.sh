#!/usr/bin/env bash
# Kubernetes: a claim rule with requiredValue never matches true, 0 or a list; it refuses every such token
#
# Versions: k8s.io/apiserver v0.37.2 (Go module).
# Needs:    Go. No root.
#
# claimValidationRules says "claim: acct, requiredValue: '0'", a value in YAML being text in quotes, and one would
# guess that it matches the acct 0 (a member, not a guest) of an Entra token, or that a configuration which can't
# match is refused. It is taken as valid, and compares texts alone: a boolean, a number or a list in the token is an
# error, and so the token is refused. An expression does it right. With email_verified, which has to be true where
# email is the user name, it is the other way round: the text "true" is refused.
#
# Output, which is compared:
#   | requiredValue "user", claim "user": accepted
#   | requiredValue "0", claim 0: refused: cannot unmarshal number into Go value of type string
#   | requiredValue "true", claim true: refused: cannot unmarshal bool into Go value of type string
#   | requiredValue "a", claim ["a"]: refused: cannot unmarshal array into Go value of type string
#   | expression claims.c == 0, claim 0: accepted
#   | user name from email, email_verified true: accepted
#   | user name from email, email_verified "true": refused: cannot unmarshal string into Go value of type bool
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >main.go <<'END'
package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/plugin/pkg/authenticator/token/oidc"
)

const issuer = "https://issuer.example"

var base64url = base64.RawURLEncoding

// keys is the issuer's one key, which signs and verifies.
type keys struct{ *rsa.PrivateKey }

func (k keys) sign(claims map[string]any) string {
	claims["iss"], claims["aud"], claims["exp"] = issuer, "api", time.Now().Add(time.Hour).Unix()
	body, err := json.Marshal(claims)
	must(err)
	text := base64url.EncodeToString([]byte(`{"alg":"RS256"}`)) + "." + base64url.EncodeToString(body)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, k.PrivateKey, crypto.SHA256, sum[:])
	must(err)
	return text + "." + base64url.EncodeToString(signature)
}

func (k keys) VerifySignature(_ context.Context, token string) ([]byte, error) {
	part := strings.Split(token, ".")
	signature, err := base64url.DecodeString(part[2])
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(part[0] + "." + part[1]))
	if err := rsa.VerifyPKCS1v15(&k.PublicKey, crypto.SHA256, sum[:], signature); err != nil {
		return nil, err
	}
	return base64url.DecodeString(part[1])
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// try says what an API server with such a rule makes of a token with such claims.
func (k keys) try(what, userClaim string, rules []apiserver.ClaimValidationRule, claims map[string]any) {
	prefix := ""
	jwt := apiserver.JWTAuthenticator{
		Issuer:               apiserver.Issuer{URL: issuer, Audiences: []string{"api"}},
		ClaimMappings:        apiserver.ClaimMappings{Username: apiserver.PrefixedClaimOrExpression{Claim: userClaim, Prefix: &prefix}},
		ClaimValidationRules: rules,
	}
	a, err := oidc.New(context.Background(), oidc.Options{JWTAuthenticator: jwt, KeySet: k})
	must(err) // the configuration is valid
	said := "accepted"
	if _, ok, err := a.AuthenticateToken(context.Background(), k.sign(claims)); !ok {
		said = "refused: " + err.Error()[strings.LastIndex(err.Error(), "json: ")+len("json: "):]
	}
	fmt.Printf("%s: %s\n", what, said)
}

func main() {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	must(err)
	k := keys{private}
	for _, c := range []struct {
		required string
		claim    any
	}{{"user", "user"}, {"0", 0}, {"true", true}, {"a", []string{"a"}}} {
		claim, err := json.Marshal(c.claim)
		must(err)
		k.try(fmt.Sprintf("requiredValue %q, claim %s", c.required, claim), "sub",
			[]apiserver.ClaimValidationRule{{Claim: "c", RequiredValue: c.required}}, map[string]any{"sub": "u", "c": c.claim})
	}
	k.try("expression claims.c == 0, claim 0", "sub",
		[]apiserver.ClaimValidationRule{{Expression: "claims.c == 0"}}, map[string]any{"sub": "u", "c": 0})
	k.try("user name from email, email_verified true", "email", nil,
		map[string]any{"email": "a@example.com", "email_verified": true})
	k.try(`user name from email, email_verified "true"`, "email", nil,
		map[string]any{"email": "a@example.com", "email_verified": "true"})
}
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" 2>messages || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get k8s.io/apiserver@v0.37.2
quiet go mod tidy
go build -o finding .
timeout 60 ./finding >seen 2>log || { cat log >&2; exit 1; }

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
