// Package agent asks a running agent of the same person for tokens: on this machine, or on the one from which ssh forwards
// its socket.
//
// The agent speaks HTTP/1.1 over a unix socket. A request is POST /v1/token with a Request as its body. The body of the
// answer is lines of JSON: any number of Notes while a person is asked, and then the answer itself, which is the token as
// package cache writes it (cache.EncodeToken), or a Note with an error.
package agent

import (
	"time"

	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/plugin/failure"
)

// What both sides hold to.
const (
	TokenPath = route.AgentPath
	// HelloPath is asked with GET for a sign of life, which any answer is.
	HelloPath = "/v1/hello"
	// Hello is the whole request.
	Hello = "GET " + HelloPath + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
	// MostBytes bounds a request and an answer, but for that of LogPath.
	MostBytes = 64 << 10
	// Patience is how long an answer may take; Attended, where a person is asked.
	Patience = 10 * time.Second
	Attended = 2 * time.Minute
	// LongestPath is the longest path of a socket that all systems take, in bytes: macOS has room for 103 in sun_path, and
	// Linux for 107.
	LongestPath = 103
)

// The paths of the socket Main alone: POST to lock, unlock and stop, GET for the log and the status; none has a body. Keys of
// the storage agent are at KeyPath and their name: GET, PUT and DELETE, with KeySize bytes as the body.
const (
	LockPath   = "/v1/lock"
	UnlockPath = "/v1/unlock"
	LogPath    = "/v1/log"
	StatusPath = "/v1/status"
	StopPath   = "/v1/stop"
	KeyPath    = "/v1/key/"
	KeySize    = 32
)

// The names of the sockets, in the folder of the agent. Main serves this person's own programs; Forward is the one for ssh
// and containers, which gives out tokens that the person has allowed, and nothing else.
const (
	Main    = "agent.sock"
	Forward = "forward.sock"
)

// Request asks for one token of a person.
type Request struct {
	Authority string   `json:"authority"` // host; one that the agent's own settings have
	Tenant    string   `json:"tenant"`
	Client    string   `json:"client_id"`
	Account   string   `json:"account,omitempty"`
	Scopes    []string `json:"scopes"`
	Kind      string   `json:"kind,omitempty"` // "" is an access token
	Claims    string   `json:"claims,omitempty"`
	Renew     bool     `json:"renew,omitempty"`
	Least     int      `json:"least_life,omitempty"` // of the token that is wanted, in seconds; 0 leaves it to the agent
	Asker     string   `json:"asker,omitempty"`      // who wants it, in the words of the caller, which prove nothing
	// Unattended says why nobody is to be asked: "CI is set". "" allows it.
	Unattended string `json:"unattended,omitempty"`
}

// Note is a line of an answer: what is under way, or why there is no token.
type Note struct {
	Waiting string `json:"waiting,omitempty"` // for whom or what: "the person at the agent"
	Error   *Error `json:"error,omitempty"`
}

// Status is what an agent says of itself.
type Status struct {
	PID       int       `json:"pid"`
	Locked    bool      `json:"locked"`
	Since     time.Time `json:"since"`   // when it began to serve
	Confirm   string    `json:"confirm"` // when a person is asked: always, first, never
	CanAsk    bool      `json:"canAsk"`  // it has a way to ask a person
	Resources []string  `json:"resources"`
	Tenants   []string  `json:"tenants,omitempty"` // none: all
	Grants    int       `json:"grants"`            // yeses that are remembered
	Tokens    int       `json:"tokens"`            // that are renewed ahead
}

// Entry is a line of the log: what was given to whom, or why nothing was. It holds no token, and its text is clean.
type Entry struct {
	Time     time.Time `json:"time"`          // of the first one
	Last     time.Time `json:"last,omitzero"` // of the last one, where there were several
	Times    int       `json:"times"`         // so often within the hour after the first one
	Host     string    `json:"host"`          // "build1 (ssh)"; "this machine" for the socket Main
	Resource string    `json:"resource,omitempty"`
	Tenant   string    `json:"tenant,omitempty"`
	Account  string    `json:"account,omitempty"`
	Outcome  string    `json:"outcome"` // "a token", "not allowed", "no (by the person)"
}

// MostEntries is how many lines the log has at most.
const MostEntries = 1000

// Codes of errors.
const (
	// PersonNeeded: nobody has signed in, or the service wants to see the person again, and the caller may ask them itself.
	PersonNeeded = "person_needed"
	// NotHere: a person is needed at the machine of the agent. The message says which command to run there.
	NotHere = "person_needed_at_agent"
	// NotAllowed: the person's list does not have the resource or the tenant, or the person said no.
	NotAllowed = "not_allowed"
	// Locked: the person has locked the agent.
	Locked = "locked"
	// NoKey: the agent has no such key.
	NoKey = "no_key"
	// Failed is all else.
	Failed = "failed"
)

// Error is an error of the agent, in clean words without a secret.
type Error struct {
	Code    string        `json:"code"`
	Class   failure.Class `json:"class,omitempty"`
	Message string        `json:"message"`
	Advice  []string      `json:"advice,omitempty"` // whose turn it is, and the next command
}

func (e *Error) Error() string { return "the agent: " + e.Message }
