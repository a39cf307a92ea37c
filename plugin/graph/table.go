package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

// property is a member of a person that has a name in English.
type property struct{ key, label string }

// profile is the default set of properties of a user, in the order in which people read them:
// https://learn.microsoft.com/graph/api/user-get#response-1
func profile() []property {
	return []property{
		{"displayName", "Name"},
		{"givenName", "Given name"},
		{"surname", "Surname"},
		{"jobTitle", "Job title"},
		{"department", "Department"},
		{"companyName", "Company"},
		{"mail", "Mail"},
		{"businessPhones", "Phone"},
		{"mobilePhone", "Mobile phone"},
		{"officeLocation", "Office"},
		{"preferredLanguage", "Language"},
		{"userPrincipalName", "User principal name"},
		{"id", "Object ID"},
	}
}

// managerProperties are what is shown of a manager.
func managerProperties() []property {
	return []property{
		{"displayName", "Manager"},
		{"jobTitle", "Manager's job title"},
		{"mail", "Manager's mail"},
		{"businessPhones", "Manager's phone"},
		{"userPrincipalName", "Manager's user principal name"},
	}
}

// listProperties are the columns of a list of people.
func listProperties() []property {
	return []property{
		{"displayName", "Name"},
		{"userPrincipalName", "User principal name"},
		{"mail", "Mail"},
		{"jobTitle", "Job title"},
		{"id", "Object ID"},
	}
}

// table writes a for people.
func (a answer) table(out *bytes.Buffer, width int) {
	switch {
	case a.number != nil:
		out.WriteString(string(a.number) + "\n")
		return
	case a.isList:
		writeList(out, a.items, a.columns, width)
		return
	}
	rows := a.object.rows(profile())
	for _, m := range a.object {
		known := slices.ContainsFunc(profile(), func(p property) bool { return p.key == m.name })
		if !known && !strings.Contains(m.name, "@odata.") {
			rows = append(rows, a.object.rows([]property{{m.name, m.name}})...)
		}
	}
	if a.withManager {
		manager := a.manager.rows(managerProperties())
		if len(manager) == 0 {
			manager = [][]string{{"Manager", "no manager"}}
		}
		rows = append(rows, manager...)
	}
	if len(rows) == 0 {
		out.WriteString("nothing that fits into a table; -o json shows it\n")
	}
	out.WriteString(text.Facts(rows, width))
}

// rows returns a label and a value for each property that o has; empty ones are left out.
func (o object) rows(properties []property) [][]string {
	var rows [][]string
	for _, p := range properties {
		if value := cell(o, p.key); value != "" {
			rows = append(rows, []string{text.Short(p.label, 60), value})
		}
	}
	return rows
}

func cell(o object, key string) string { return strings.TrimSpace(text.Clean(o.text(key))) }

// writeList writes the items of a list below a line of labels: those of columns, or else what seems best.
func writeList(out *bytes.Buffer, items []json.RawMessage, columns []property, width int) {
	if len(items) == 0 {
		out.WriteString("no entries\n")
		return
	}
	var objects []object
	for _, item := range items {
		o, err := parseObject(item)
		if err != nil {
			o = object{{"value", item}}
		}
		objects = append(objects, o)
	}
	if len(columns) == 0 {
		columns = columnsOf(objects)
	}
	if len(columns) == 0 {
		fmt.Fprintf(out, "entries: %d, with nothing that fits into a table; -o json shows them\n", len(objects))
		return
	}
	rows := [][]string{nil}
	for _, p := range columns {
		rows[0] = append(rows[0], text.Short(p.label, 60))
	}
	for _, o := range objects {
		var row []string
		for _, p := range columns {
			row = append(row, cell(o, p.key))
		}
		rows = append(rows, row)
	}
	out.WriteString(text.Table(rows, width))
}

// columnsOf returns the known properties that occur in objects, or else the first few that do.
func columnsOf(objects []object) []property {
	occurs := func(p property) bool {
		return slices.ContainsFunc(objects, func(o object) bool { return cell(o, p.key) != "" })
	}
	known := slices.DeleteFunc(listProperties(), func(p property) bool { return !occurs(p) })
	if len(known) > 1 {
		return known
	}
	const most = 5
	for _, m := range objects[0] {
		p := property{m.name, m.name}
		isKnown := slices.ContainsFunc(known, func(k property) bool { return k.key == m.name })
		if len(known) < most && !isKnown && !strings.Contains(m.name, "@odata.") && occurs(p) {
			known = append(known, p)
		}
	}
	return known
}
