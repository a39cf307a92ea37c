package entratest

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
	"sync"
	"time"
)

// signingKey signs the tokens of all servers of a process. It is made on first use, for it takes a while: a
// test with a hundred servers would spend most of its time on keys. The issuer tells whose a token is.
var signingKey = sync.OnceValue(newSigningKey)

func newSigningKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic("entratest: " + err.Error())
	}
	return key
}

// spareKeys are those of foreign issuers and of certificates. Each server takes one after the other, from the first on:
// they differ within a server, and another server of the process need not make them again.
var spareKeys struct {
	sync.Mutex
	made []*rsa.PrivateKey
}

// nextKey takes a spare key.
func (all *Applications) nextKey() *rsa.PrivateKey {
	all.sim.mu.Lock()
	n := all.keys
	all.keys++
	all.sim.mu.Unlock()
	spareKeys.Lock()
	defer spareKeys.Unlock()
	for len(spareKeys.made) <= n {
		spareKeys.made = append(spareKeys.made, newSigningKey())
	}
	return spareKeys.made[n]
}

// keyID is a thumbprint of the public key.
func keyID(key *rsa.PublicKey) string {
	h := sha256.Sum256(key.N.Bytes())
	return base64.RawURLEncoding.EncodeToString(h[:20])
}

// sign returns a token of the server.
func (s *Server) sign(claims map[string]any) string { return signJWT(signingKey(), claims) }

// signJWT returns a JSON Web Token with RS256 (RFC 7515, RFC 7518 section 3.3).
func signJWT(key *rsa.PrivateKey, claims map[string]any) string {
	header, _ := json.Marshal(map[string]string{"typ": "JWT", "alg": "RS256", "kid": keyID(&key.PublicKey)})
	payload, err := json.Marshal(claims)
	if err != nil {
		panic("entratest: " + err.Error())
	}
	text := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(payload)
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	if err != nil {
		panic("entratest: " + err.Error())
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// jwk is the key in the shape of RFC 7517, with the fields of Entra's document that a key without a certificate has.
func (s *Server) jwk(issuer string) map[string]string {
	jwk := publicJWK(&signingKey().PublicKey)
	jwk["issuer"], jwk["cloud_instance_name"] = issuer, s.Host
	return jwk
}

func publicJWK(key *rsa.PublicKey) map[string]string {
	return map[string]string{
		"kty": "RSA",
		"use": "sig",
		"alg": "RS256",
		"kid": keyID(key),
		"n":   base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
		"e":   base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
	}
}

// VerifyToken checks a token as a resource does: RS256 signature of this server, issuer, nbf and exp by the server's
// clock, and the audience unless that is "". It returns the claims.
func (s *Server) VerifyToken(raw, audience string) (claims map[string]any, err error) {
	claims, err = s.parseToken(raw)
	if err != nil {
		return nil, err
	}
	tid, _ := claims["tid"].(string)
	if t, ok := findTenant(tid); !ok || claims["iss"] != s.issuer(t.id) {
		return nil, fmt.Errorf("issuer %v is not one of this server", claims["iss"])
	}
	now := s.now()
	if exp, ok := claims["exp"].(float64); !ok || !now.Before(time.Unix(int64(exp), 0)) {
		return nil, errors.New("token has expired")
	}
	if nbf, ok := claims["nbf"].(float64); !ok || now.Before(time.Unix(int64(nbf), 0)) {
		return nil, errors.New("token is not valid yet")
	}
	if aud, _ := claims["aud"].(string); audience != "" && aud != audience {
		return nil, fmt.Errorf("audience is %q, want %q", aud, audience)
	}
	return claims, nil
}

// splitJWT decodes the three parts of a JSON Web Token (RFC 7515, section 7.1).
func splitJWT(raw string) (header, payload, signature []byte, err error) {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 || strings.ContainsAny(raw, "\r\n") { // which Go's decoder passes over
		return nil, nil, nil, errors.New("not a JSON Web Token")
	}
	var decoded [3][]byte
	for i, part := range parts {
		if decoded[i], err = base64.RawURLEncoding.DecodeString(part); err != nil {
			return nil, nil, nil, errors.New("not a JSON Web Token: part is not base64url")
		}
	}
	return decoded[0], decoded[1], decoded[2], nil
}

// parseToken checks the form and the signature.
func (s *Server) parseToken(raw string) (map[string]any, error) {
	head, payload, signature, err := splitJWT(raw)
	if err != nil {
		return nil, err
	}
	var header struct{ Alg, Kid string }
	key := &signingKey().PublicKey
	if json.Unmarshal(head, &header) != nil || header.Alg != "RS256" || header.Kid != keyID(key) {
		return nil, errors.New("token is not signed with a key of this server")
	}
	digest := sha256.Sum256([]byte(raw[:strings.LastIndexByte(raw, '.')]))
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) != nil {
		return nil, errors.New("signature is wrong")
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil || claims == nil {
		return nil, errors.New("claims are not a JSON object")
	}
	return claims, nil
}
