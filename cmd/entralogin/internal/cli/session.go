package cli

import (
	"fmt"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/text"
)

// DescribeSession names a session to a person.
func DescribeSession(id cache.SessionID) string {
	return fmt.Sprintf("client %s at %s", text.Short(id.Client, 60), text.Short(id.Authority, 100))
}
