package gitcheck

import (
	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/claims"
)

const scopeWords = "scope of the host in the config file has to be of the application that the host expects"

// CheckAudience says what a server will read in a token that was asked for like this. The command again gets a new one.
func CheckAudience(topic check.Topic, c claims.Claims, asked cache.Key, again string) check.Finding {
	return topic.Audience(c, authority.Resource(asked.Scopes), again, scopeWords)
}
