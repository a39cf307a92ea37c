// Package route answers a call before the rest of the program wakes up.
//
// Most calls ask what was asked before. What such a question came to is kept as a Route: the token file that holds
// the answer, the form of the answer around the token, and everything that the program looked at on its way there.
// The next call that asks the same compares what it sees with that, reads the token file, and answers. Whatever is
// unusual (a variable, a file or a folder that changed, a token that is stale, sealed or open to others, a damaged
// Route) is no error but a call for the rest of the program, which then finds the answer and keeps a new Route.
//
// The token file alone decides whether there is an answer. So whoever takes a token away has nothing else to do.
//
// The package imports no more than syscall, time and what these need, and so it is initialised before net/http and
// all that is large: https://go.dev/ref/spec#Program_initialization
package route

import "time"

// Folder is the folder of routes in the cache folder, Tokens that of token files, and Keys that of the keys to which
// tokens are bound.
const (
	Folder = "routes"
	Tokens = "tokens"
	Keys   = "keys"
)

// Route is what a question came to.
type Route struct {
	Question  []byte     // the whole of it, as Question.Text says it
	Variables []Variable // that were looked at
	Files     []File     // that were looked at, but for the token file
	Token     string     // name of the token file
	Before    string     // what stands in it before the token's end
	Between   string     // and what stands between the times and the token
	Answer    []Piece    // in order
	Ahead     bool       // a token in the last third of its life is for the rest of the program, which renews it
	Until     time.Time  // the route is good

	// Key is the name of the file with the key that the token is bound to, "" for a bearer token. The answer has a request
	// that is signed with it, for the cluster of that name.
	Key, Cluster string

	// Socket is the path of the agent's socket, "" where the token is in a file. The agent answers the Request, which is the
	// body of one, with what would stand in the file.
	Socket, Request string
}

// Variable is an environment variable and its value, if it is set.
type Variable struct {
	Name, Value string
	Set         bool
}

// File is a path and what was found there, "" for nothing: see Identify.
type File struct{ Path, Identity string }

// Piece is a part of an answer: Text, or where that is "", what Slot says of the token.
type Piece struct {
	Text string
	Slot Slot
}

// Slot is what an answer says of a token.
type Slot string

// What stands in answers.
const (
	Token        Slot = "token"
	ReportedUTC  Slot = "reported-utc"  // Life.Reported, in the form of RFC 3339
	ReportedUnix Slot = "reported-unix" // the same in seconds since 1970
	UntilLocal   Slot = "until-local"   // Life.Until, in the machine's time zone, as the Azure CLI writes it
	UntilUTC     Slot = "until-utc"     // the same in the form of RFC 3339, as the Azure Developer CLI writes it
	UntilUnix    Slot = "until-unix"
)

// value is what stands in the place of a slot, "" for one that is unknown.
func (s Slot) value(token string, l Life) string {
	switch s {
	case Token:
		return token
	case ReportedUTC:
		return l.Reported().UTC().Truncate(time.Second).Format(time.RFC3339)
	case ReportedUnix:
		return decimal(l.Reported().Unix())
	case UntilLocal:
		return l.Until().Truncate(time.Second).Local().Format("2006-01-02 15:04:05.000000")
	case UntilUTC:
		return l.Until().Truncate(time.Second).UTC().Format(time.RFC3339)
	case UntilUnix:
		return decimal(l.Until().Truncate(time.Second).Unix())
	}
	return ""
}

// Pieces takes an answer apart. ok is false where a slot does not stand in it exactly once: nothing can be said then of
// the answer with another token.
func Pieces(answer, token string, l Life, slots ...Slot) (pieces []Piece, ok bool) {
	pieces = []Piece{{Text: answer}}
	for _, slot := range slots {
		if pieces, ok = cut(pieces, slot, slot.value(token, l)); !ok {
			return nil, false
		}
	}
	return pieces, true
}

// cut takes the only occurrence of value out of the texts of pieces.
func cut(pieces []Piece, slot Slot, value string) (out []Piece, ok bool) {
	if value == "" {
		return nil, false
	}
	for _, p := range pieces {
		at := index(p.Text, value)
		if at < 0 {
			out = append(out, p)
			continue
		}
		rest := p.Text[at+len(value):]
		if ok || index(p.Text[at+1:], value) >= 0 {
			return nil, false
		}
		ok = true
		for _, part := range []Piece{{Text: p.Text[:at]}, {Slot: slot}, {Text: rest}} {
			if part.Text != "" || part.Slot != "" {
				out = append(out, part)
			}
		}
	}
	return out, ok
}

// render puts an answer together.
func render(pieces []Piece, token string, l Life) ([]byte, bool) {
	size := len(token)
	for _, p := range pieces {
		size += len(p.Text) + 32
	}
	answer := make([]byte, 0, size)
	for _, p := range pieces {
		value := p.Text
		if p.Slot != "" {
			value = p.Slot.value(token, l)
		}
		if value == "" {
			return nil, false
		}
		answer = append(answer, value...)
	}
	return answer, true
}

// index is strings.Index, whose package would have to be initialised first.
func index(s, part string) int {
	for i := 0; i+len(part) <= len(s); i++ {
		if s[i:i+len(part)] == part {
			return i
		}
	}
	return -1
}

// decimal is strconv.FormatInt.
func decimal(n int64) string {
	return string(appendDecimal(nil, n))
}

func appendDecimal(to []byte, n int64) []byte {
	if n < 0 {
		to, n = append(to, '-'), -n
	}
	if n >= 10 {
		to = appendDecimal(to, n/10)
	}
	return append(to, byte('0'+n%10))
}
