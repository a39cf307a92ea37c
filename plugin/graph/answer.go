package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/entralogin/entralogin/plugin/https"
)

// Bounds of a list that comes in pages.
const (
	maxPages = 100
	maxItems = 10_000
	maxBytes = 16 << 20
)

const nextLink = "@odata.nextLink"

// answer is what Graph answered: an object, or a list of objects.
type answer struct {
	object  object
	items   []json.RawMessage // of a list, from all its pages
	isList  bool
	columns []property      // of a list, as $select has them; none if it says nothing
	number  json.RawMessage // instead of all that, where a number was asked for
	manager object          // nil if there is none

	withManager bool // the manager was asked for
}

// answer asks for path and, if that is a list, for the pages that follow.
func (c *caller) answer(ctx context.Context, path string) (answer, error) {
	u, err := c.address(path)
	if err != nil {
		return answer{}, err
	}
	if isCount(u) {
		resp, err := c.success(ctx, u)
		if err != nil {
			return answer{}, err
		}
		number, err := resp.number()
		return answer{number: number}, err
	}
	first, err := c.get(ctx, u)
	if err != nil {
		return answer{}, err
	}
	a := answer{object: first, columns: selected(path)}
	if json.Unmarshal(first.get("value"), &a.items) != nil || a.items == nil {
		return a, nil
	}
	a.isList = true
	switch {
	case !c.query.OnePage:
		err = c.morePages(ctx, &a, u)
	case first.get(nextLink) != nil:
		c.query.Note("this is the first page of a list that goes on; --all gets the other pages, too")
	}
	if n := bare(a.items); n > 0 && err == nil {
		c.query.Note(fmt.Sprintf("of %d of %d entries Graph tells the ID alone: this token may not read them (groups need the permission GroupMember.Read.All)", n, len(a.items)))
	}
	return a, err
}

// bare counts the entries that have lost their names: what a token may not read is listed without its properties.
// https://learn.microsoft.com/graph/permissions-overview#limited-information-returned-for-inaccessible-member-objects
func bare(items []json.RawMessage) (n int) {
	for _, item := range items {
		o, err := parseObject(item)
		if err == nil && o.get("@odata.type") != nil && string(o.get("displayName")) == "null" {
			n++
		}
	}
	return n
}

// morePages follows the links of a list (https://learn.microsoft.com/graph/paging), whose first page is at u, and puts
// all items into a. Where it stops at a bound it says so and leaves the link to the rest in a.object.
func (c *caller) morePages(ctx context.Context, a *answer, u *url.URL) error {
	page := a.object
	size := len(page.get("value"))
	seen := map[string]bool{u.String(): true}
	for pages := 1; page.get(nextLink) != nil; pages++ {
		if pages >= maxPages || len(a.items) >= maxItems || size >= maxBytes {
			c.query.Note(fmt.Sprintf("the list is longer than what is shown: %d entries; @odata.nextLink of -o json says where it goes on", len(a.items)))
			break
		}
		u, err := https.NextPage(c.origin, page.text(nextLink))
		if err != nil {
			return err
		}
		if seen[u.String()] {
			return &https.AnswerError{Host: c.origin.Host, What: "is a list that never ends: a page leads back to one before it"}
		}
		seen[u.String()] = true
		if page, err = c.get(ctx, u); err != nil {
			return err
		}
		var items []json.RawMessage
		if json.Unmarshal(page.get("value"), &items) != nil {
			return &https.AnswerError{Host: c.origin.Host, What: "is no list, though it should be the next page of one"}
		}
		a.items = append(a.items, items...)
		size += len(page.get("value"))
	}
	a.object = a.object.with(a.items, page.get(nextLink))
	return nil
}

// with returns the first page of a list, holding all its items and the link to what is missing.
func (o object) with(items []json.RawMessage, rest json.RawMessage) object {
	var all object
	for _, m := range o {
		switch m.name {
		case "value":
			m.value = joinArray(items)
		case nextLink:
			if m.value = rest; rest == nil {
				continue
			}
		}
		all = append(all, m)
	}
	return all
}

func joinArray(items []json.RawMessage) json.RawMessage {
	array := json.RawMessage{'['}
	for i, item := range items {
		if i > 0 {
			array = append(array, ',')
		}
		array = append(array, item...)
	}
	return append(array, ']')
}

// manager asks for the manager of the person at path; nil means that there is none.
func (c *caller) manager(ctx context.Context, path string) (object, error) {
	u, err := c.address(managerPath(path))
	if err != nil {
		return nil, err
	}
	o, err := c.get(ctx, u)
	var refused *Error
	if errors.As(err, &refused) && refused.Status == http.StatusNotFound &&
		strings.HasSuffix(refused.Code, "ResourceNotFound") {
		return nil, nil
	}
	return o, err
}
