package claims

import (
	"fmt"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
)

// MostPassedOn is how long a token may be that another program gets, in bytes, where its protocol has no bound of its own.
const MostPassedOn = 48 << 10

// PassOn is a token's text for another program, which takes at most most bytes: it can stand in a line, and in the header
// Authorization. to says in an error who would have got it: "to git". An error holds nothing of the token.
func PassOn(t cache.Token, most int, to string) (string, error) {
	token := t.Value.Reveal()
	if !IsPassable(token, most) {
		return "", fmt.Errorf("the token can't be passed %s: it is empty, too long, or has a character that no token has", to)
	}
	return token, nil
}

// IsPassable reports whether PassOn would pass on a token.
func IsPassable(token string, most int) bool { return len(token) <= most && authority.IsVisible(token) }
