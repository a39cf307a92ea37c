// Package docker is the front end for docker and for what runs its credential helpers, such as podman, buildah, crane,
// ORAS and Helm: registries of Azure, and those that the user names.
//
// The operation is the argument of the helper; Read reads what comes with it on standard input:
//
//	get      Find says whether the registry is ours, Client gets its token, and Input.Answer passes that on;
//	         NotFound for any other registry: docker goes on without a credential
//	store    nothing: what docker login was given is forgotten
//	erase    the token that is kept of the registry is forgotten
//	list     Listed
//	version  Version
//
// An answer is whole or not there. Where a call fails, docker shows what the helper printed on standard output (Failure).
//
// https://github.com/docker/docker-credential-helpers#development
package docker

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/text"
)

// User is the user name that stands beside a registry's refresh token:
// https://learn.microsoft.com/azure/container-registry/container-registry-authentication#az-acr-login-with---expose-token
const User = "00000000-0000-0000-0000-000000000000"

// Texts of the protocol, by which clients tell these two from other errors:
// https://github.com/docker/docker-credential-helpers/blob/v0.9.3/credentials/error.go
const (
	notFound = "credentials not found in native keychain"
	noServer = "no credentials server URL"
)

// Answer writes what docker gets for "get": t, a refresh token of the registry, in one piece. Errors: a token that
// can't be passed on, and those of out.
func (in Input) Answer(out io.Writer, t cache.Token) error {
	secret, err := claims.PassOn(t, claims.MostPassedOn, "to docker")
	if err != nil {
		return err
	}
	return text.WriteJSON(out, struct{ ServerURL, Username, Secret string }{in.Server, User, secret})
}

// Listed writes what docker gets for "list": the names of registries, each with the user name of its answer.
func Listed(out io.Writer, registries []string) error {
	users := map[string]string{}
	for _, host := range registries {
		users[host] = User
	}
	return text.WriteJSON(out, users)
}

// Version writes what "version" prints.
func Version(out io.Writer, version string) error {
	_, err := fmt.Fprintf(out, "docker-credential-entralogin (github.com/entralogin/entralogin) %s\n", version)
	return err
}

// NotFound writes that there is no credential for a registry, whereupon docker tries it without. The exit code has to
// be 1.
func NotFound(out io.Writer) error {
	_, err := io.WriteString(out, notFound+"\n")
	return err
}

// Failure writes why there is no answer, in one line, which docker shows. The exit code must not be 0. It is never
// the text of NotFound: docker would go on without a credential, and the person would see its refusal alone.
func Failure(out io.Writer, err error) error {
	line := text.Short(err.Error(), 1000)
	switch input, ok := errors.AsType[*InputError](err); {
	case ok && input.What == Missing:
		line = noServer
	case line == notFound:
		line += "."
	}
	_, err = io.WriteString(out, line+"\n")
	return err
}

// Operations are those of the protocol.
func Operations() []string { return []string{Get, Store, Erase, List, VersionOf} }

// Operations of a helper. "list" and "version" read nothing.
const (
	Get       = "get"
	Store     = "store"
	Erase     = "erase"
	List      = "list"
	VersionOf = "version"
)

// IsOperation reports whether a word is one.
func IsOperation(word string) bool { return slices.Contains(Operations(), word) }
