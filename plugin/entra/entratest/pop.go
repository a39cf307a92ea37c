package entratest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"strings"
	"time"
)

// confirmation is the thumbprint of the key to which a token is to be bound: token_type=pop with req_cnf, the base64url
// of {"kid": thumbprint}. "" is for a bearer token.
func confirmation(f url.Values) (key string, e *OAuthError) {
	switch f.Get("token_type") {
	case "":
		return "", nil
	case "pop":
	default:
		return "", describe("invalid_request", 900144, "The token type '%s' is not supported.", f.Get("token_type"))
	}
	var asked struct {
		ID string `json:"kid"`
	}
	text, err := base64.RawURLEncoding.DecodeString(f.Get("req_cnf"))
	if err == nil {
		err = json.Unmarshal(text, &asked)
	}
	if digest, bad := base64.RawURLEncoding.DecodeString(asked.ID); err != nil || bad != nil || len(digest) != sha256.Size {
		return "", describe("invalid_request", 900144, "The request body must contain the following parameter: 'req_cnf'.")
	}
	return asked.ID, nil
}

// proofAge is how old a request with proof of possession may be.
const proofAge = 15 * time.Minute

// verifyForCluster checks what the cluster of the settings takes: a token, or a request that was signed for it.
func verifyForCluster(s *Server, raw string) (map[string]any, error) {
	if arc := s.Settings().Arc; arc != "" {
		return VerifyProof(s, raw, arc)
	}
	return s.VerifyToken(raw, "")
}

// VerifyProof checks a request with proof of possession for a cluster as Azure Arc's guard does, by the server's clock,
// and returns the claims of the token in it. A request from the future passes.
func VerifyProof(s *Server, raw, cluster string) (map[string]any, error) {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return nil, errors.New("not a JSON Web Token")
	}
	var header struct{ Typ, Alg, Kid string }
	var payload struct {
		Token   string `json:"at"`
		Time    int64  `json:"ts"`
		Cluster string `json:"u"`
		Key     struct {
			JWK struct{ E, Kty, N string } `json:"jwk"`
		} `json:"cnf"`
		Nonce string `json:"nonce"`
	}
	if decodePart(parts[0], &header) != nil || decodePart(parts[1], &payload) != nil {
		return nil, errors.New("no signed request")
	}
	jwk := payload.Key.JWK
	sum := sha256.Sum256([]byte(`{"e":"` + jwk.E + `","kty":"` + jwk.Kty + `","n":"` + jwk.N + `"}`))
	key := base64.RawURLEncoding.EncodeToString(sum[:])
	switch {
	case header.Typ != "pop" || header.Alg != "RS256":
		return nil, fmt.Errorf("typ is %q and alg %q", header.Typ, header.Alg)
	case header.Kid != key:
		return nil, errors.New("kid is not the key's thumbprint")
	case !strings.EqualFold(payload.Cluster, cluster):
		return nil, fmt.Errorf("the request is for %q", payload.Cluster)
	case payload.Nonce == "":
		return nil, errors.New("there is no nonce")
	case s.now().Sub(time.Unix(payload.Time, 0)) > proofAge:
		return nil, errors.New("the request is too old")
	}
	if err := verifyWith(jwk.N, jwk.E, parts); err != nil {
		return nil, err
	}
	claims, err := s.VerifyToken(payload.Token, "")
	if err != nil {
		return nil, err
	}
	if cnf, _ := claims["cnf"].(map[string]any); cnf["kid"] != key {
		return nil, errors.New("the token is not bound to the key")
	}
	return claims, nil
}

func decodePart(part string, to any) error {
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, to)
}

// verifyWith checks the signature of a JSON Web Token with the RSA key of that modulus and exponent.
func verifyWith(n, e string, parts []string) error {
	var numbers [3][]byte
	for i, text := range []string{n, e, parts[2]} {
		var err error
		if numbers[i], err = base64.RawURLEncoding.DecodeString(text); err != nil {
			return err
		}
	}
	key := &rsa.PublicKey{N: new(big.Int).SetBytes(numbers[0]), E: int(new(big.Int).SetBytes(numbers[1]).Int64())}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], numbers[2])
}
