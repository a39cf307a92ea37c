// Package cargo is the front end for cargo, which asks for the token of a registry in two ways:
//
//   - It runs a program with --cargo-plugin and talks to it in lines of JSON (its credential provider protocol). The program
//     says Hello first; Read reads a request, and Answer, Done or Refuse say what came of it. Cargo closes standard input
//     when it has what it wants.
//   - With cargo:token-from-stdout it runs a program that prints a token (Print). The variable IndexVariable says which
//     registry is meant.
//
// Whether a registry is one of ours says package artifacts. The token is sent as it stands in the header Authorization,
// so that the feeds of Azure Artifacts want the word Bearer in front of it.
//
//   - https://doc.rust-lang.org/cargo/reference/credential-provider-protocol.html
//   - https://doc.rust-lang.org/cargo/reference/registry-authentication.html
//   - https://learn.microsoft.com/azure/devops/artifacts/cargo/project-setup-cargo
package cargo

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/text"
)

// Flag is the first argument of a program that cargo talks to.
const Flag = "--cargo-plugin"

// IndexVariable has the address of the registry's index for a program that prints a token: "sparse+https://HOST/PATH/".
const IndexVariable = "CARGO_REGISTRY_INDEX_URL"

// version is that of the protocol.
const version = 1

// mostLine bounds what cargo writes, in bytes. It passes on the headers of an answer.
const mostLine = 256 << 10

// Kinds of a request. Any other is one that cargo will have some day.
const (
	Get    = "get"
	Login  = "login"
	Logout = "logout"
)

// Request is what cargo wants.
type Request struct {
	Kind  string   // Get, Login or Logout
	Index string   // the address of the registry's index, "sparse+https://HOST/PATH/"
	Args  []string // what stands behind the program in cargo's configuration, and on the command line of cargo login
	Token bool     // a token of the user's own came with a login
}

// Kind of a refusal. Cargo asks the next provider after the first two.
type Kind string

// Kinds of refusals.
const (
	NotSupported Kind = "url-not-supported"       // the registry is none of ours
	NotFound     Kind = "not-found"               // there is no token of it
	NoOperation  Kind = "operation-not-supported" // nobody does that here
	Other        Kind = "other"                   // cargo stops
)

// InputError says what is wrong with a request. Nothing of it is shown.
type InputError struct{ What string }

func (e *InputError) Error() string { return "the request, which cargo writes, " + e.What }

// NewReader reads what cargo writes, for Read.
func NewReader(in io.Reader) *bufio.Reader { return bufio.NewReaderSize(in, mostLine) }

// Read reads a request of a reader that NewReader made. Errors: *InputError, io.EOF where cargo wants nothing more, and those
// of the reader.
func Read(in *bufio.Reader) (Request, error) {
	line, err := in.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return Request{}, &InputError{fmt.Sprintf("is longer than %d KiB", mostLine>>10)}
	case err == io.EOF && len(line) == 0, err != nil && err != io.EOF:
		return Request{}, err
	}
	var got struct {
		Version  int      `json:"v"`
		Kind     string   `json:"kind"`
		Args     []string `json:"args"`
		Token    *string  `json:"token"`
		Registry struct {
			Index string `json:"index-url"`
		} `json:"registry"`
	}
	if json.Unmarshal(line, &got) != nil {
		return Request{}, &InputError{"is no JSON object of the protocol"}
	}
	switch {
	case got.Version != version:
		return Request{}, &InputError{fmt.Sprintf("is of version %d of the protocol, not of %d", got.Version, version)}
	case got.Kind == "":
		return Request{}, &InputError{"does not say what is wanted"}
	case got.Registry.Index == "":
		return Request{}, &InputError{"names no registry"}
	}
	return Request{Kind: got.Kind, Index: got.Registry.Index, Args: got.Args, Token: got.Token != nil}, nil
}

// Hello writes the first line, which says which versions of the protocol are understood.
func Hello(out io.Writer) error {
	return text.WriteJSON(out, struct {
		Versions []int `json:"v"`
	}{[]int{version}})
}

// Answer writes what cargo gets for Get: t, which it keeps until its end that is told and for whatever it does meanwhile.
// Errors: a token that can't be passed on, and those of out.
func Answer(out io.Writer, t cache.Token) error {
	header, err := header(t)
	if err != nil {
		return err
	}
	return writeOk(out, struct {
		Kind        string `json:"kind"`
		Token       string `json:"token"`
		Cache       string `json:"cache"`
		Expiration  int64  `json:"expiration"`
		Independent bool   `json:"operation_independent"`
	}{Get, header, "expires", t.Reported().Unix(), true})
}

// Done writes that a login is done.
func Done(out io.Writer) error {
	return writeOk(out, struct {
		Kind string `json:"kind"`
	}{Login})
}

// Refuse writes why there is no answer, in one line, which cargo shows; "" where there is nothing to say. The exit code has
// to be 0 all the same: else cargo shows that alone.
func Refuse(out io.Writer, kind Kind, message string) error {
	type refusal struct {
		Kind    Kind   `json:"kind"`
		Message string `json:"message,omitempty"`
	}
	return text.WriteJSON(out, struct{ Err refusal }{refusal{kind, text.Short(message, 1000)}})
}

// Print writes what a program prints for cargo:token-from-stdout: one line. Errors are those of Answer.
func Print(out io.Writer, t cache.Token) error {
	header, err := header(t)
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, header+"\n")
	return err
}

// header is the value of the header Authorization.
func header(t cache.Token) (string, error) {
	secret, err := claims.PassOn(t, claims.MostPassedOn, "to cargo")
	if err != nil {
		return "", err
	}
	return "Bearer " + secret, nil
}

func writeOk(out io.Writer, v any) error { return text.WriteJSON(out, struct{ Ok any }{v}) }
