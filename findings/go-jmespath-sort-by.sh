#!/usr/bin/env bash
# Both JMESPath libraries for Go sort the very value that is searched when a query says sort_by
#
# Versions: github.com/jmespath/go-jmespath v0.4.0 (that of the AWS SDK), github.com/jmespath-community/go-jmespath v1.1.1
#           (Go modules). jmespath.py 1.0.1, which the Azure CLI has, leaves the value as it is.
# Needs:    Go. No root.
#
# A query reads. One would guess that {sorted: sort_by(@,&n)[0].name, first: [0].name} says which element is the smallest
# and which one stands first, and jmespath.py does. Both libraries for Go sort the list in its place: the second half of
# the query sees it sorted, as does whoever has the value afterwards. Without sort_by the same query is right.
#
# The list is "b" (2), "a" (1).
#
# Output, which is compared:
#   | go-jmespath: sorted a, first a; afterwards the list begins with a
#   | community's go-jmespath: sorted a, first a; afterwards the list begins with a
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"

cat >main.go <<'END'
package main

import (
	"encoding/json"
	"fmt"

	community "github.com/jmespath-community/go-jmespath"
	"github.com/jmespath/go-jmespath"
)

func main() {
	const query = "{sorted: sort_by(@,&n)[0].name, first: [0].name}"
	show := func(library string, search func(any) (any, error)) {
		var list []any
		if err := json.Unmarshal([]byte(`[{"name":"b","n":2},{"name":"a","n":1}]`), &list); err != nil {
			panic(err)
		}
		answer, err := search(list)
		if err != nil {
			panic(err)
		}
		a := answer.(map[string]any)
		fmt.Printf("%s: sorted %v, first %v; afterwards the list begins with %v\n", library, a["sorted"], a["first"], list[0].(map[string]any)["name"])
	}
	show("go-jmespath", func(v any) (any, error) { return jmespath.Search(query, v) })
	show("community's go-jmespath", func(v any) (any, error) { return community.Search(query, v) })
}
END
{
	go mod init finding
	go get github.com/jmespath/go-jmespath@v0.4.0 github.com/jmespath-community/go-jmespath@v1.1.1
} >log 2>&1 || { cat log >&2; exit 1; }

go run . >seen
diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
