package https

import (
	"fmt"

	"github.com/entralogin/entralogin/plugin/failure"
)

// NetworkError says that a host could not be reached, or could not answer for the moment.
type NetworkError struct {
	Host     string
	Obstacle Obstacle // "" if it is not known, or is the service itself
	Err      error    // clean words, which never hold the password of a proxy
}

func (e *NetworkError) Error() string { return fmt.Sprintf("%s can't be reached: %v", e.Host, e.Err) }
func (e *NetworkError) Unwrap() error { return e.Err }

// Class is network, or configuration where the way there is set wrongly.
func (e *NetworkError) Class() failure.Class {
	if e.Obstacle == ProxyUnfit {
		return failure.Config
	}
	return failure.Network
}

// AnswerError says that a host answered with something that makes no sense or can't be trusted. What
// holds nothing of the answer's body.
type AnswerError struct {
	Host string
	What string
	Page bool  // a web page stood in its place
	Err  error // or nil
}

func (e *AnswerError) Error() string { return fmt.Sprintf("the answer of %s %s", e.Host, e.What) }
func (e *AnswerError) Unwrap() error { return e.Err }

// Class is answer.
func (e *AnswerError) Class() failure.Class { return failure.Answer }

// RedirectError says that a host wanted to send a request on to another address. No redirect is ever
// followed: the request carries a token.
type RedirectError struct {
	Host   string
	Status int
	To     string // clean host of the address, or ""
}

func (e *RedirectError) Error() string {
	return fmt.Sprintf("%s answered %d and would send the request to %q", e.Host, e.Status, e.To)
}

// Class is answer.
func (e *RedirectError) Class() failure.Class { return failure.Answer }
