package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
	"github.com/entralogin/entralogin/plugin/yamltext"
)

// Change is one of the config file.
type Change struct {
	// Key names a setting: "tenant-id"; "profiles.work.account"; "hosts.git.example.com.scope", for an organization of
	// Azure DevOps "hosts.dev.azure.com/fabrikam.account"; "registries.contoso.azurecr.io.tenant-id"; "authorities.login.example.com:8443.ca-file"; "agent.allow". To
	// take a whole entry out, the setting is left away: "profiles.work".
	Key string

	// Value is what is written: one text, or several for a list; "true" and "false" of qr and renew-ahead are no texts in the file.
	Value []string

	Unset bool // take it out. It is no fault if it is not there.
}

// Set is the change that writes a setting.
func Set(key string, value ...string) Change { return Change{Key: key, Value: value} }

// Unset is the change that takes a setting out, or a whole entry.
func Unset(key string) Change { return Change{Key: key, Unset: true} }

// ErrLayout stands in the error of Edit where a person has to change the text.
var ErrLayout = errors.New("not laid out line by line")

// Edit makes changes in the text of a config file, one after the other; an empty text becomes a new file. An entry is
// made where it is not there, and goes with its last setting.
//
// All other lines keep their bytes. What is proven: the new text means what the old one means, with the changes made and
// nothing else; the reader takes it; and no changed setting has a value that a call would refuse. path is for errors.
// Errors: *Error, *text.FileError.
func Edit(path string, content []byte, changes ...Change) ([]byte, error) {
	rest := withoutMark(content)
	if err := RefuseJSON(path, content); err != nil {
		return nil, err
	}
	old, err := meaningOf(path, rest)
	if err != nil {
		return nil, err
	}
	want, edited := old, rest
	risky := false
	for _, c := range changes {
		before := want
		steps, err := c.apply(&want)
		if err != nil {
			return nil, err
		}
		if risky || same(before, want) {
			continue
		}
		if len(before) == 0 && bytes.Equal(bytes.TrimSpace(edited), []byte("{}")) {
			edited = nil
		}
		write := yamltext.Put
		if c.Unset {
			write = yamltext.Cut
		}
		var ok bool
		edited, ok = write(edited, want, steps...)
		risky = !ok || !means(edited, want)
	}
	if err := acceptMeaning(path, old, want); err != nil {
		return nil, err
	}
	if risky {
		return nil, &text.FileError{Path: path, Err: ErrLayout,
			What: "is laid out in a way that can't be changed without a risk for what else stands in it (flow style, an anchor, or a comment where lines would be written anew)"}
	}
	return append(content[:len(content)-len(rest):len(content)-len(rest)], edited...), nil
}

// RefuseJSON refuses a file that is no config.yaml to its owner, such as a parameters.json. Errors: *text.FileError.
func RefuseJSON(path string, content []byte) error {
	if content = bytes.TrimSpace(withoutMark(content)); json.Valid(content) && string(content) != "{}" {
		return &text.FileError{Path: path, What: "is JSON, such as a parameters.json, and is not changed here: settings are written into a config.yaml"}
	}
	return nil
}

// meaningOf reads what a text says, and refuses what the reader refuses or does not see.
func meaningOf(path string, content []byte) (map[string]any, error) {
	content = withoutMark(content)
	if _, err := Parse(path, content); err != nil {
		return nil, err
	}
	if !yamltext.Whole(content) {
		return nil, &text.FileError{Path: path, What: "goes on behind the end of its first YAML document, where it is not read", Err: ErrLayout}
	}
	blob, err := yaml.YAMLToJSONStrict(content)
	var top map[string]any
	if err == nil {
		err = json.Unmarshal(blob, &top)
	}
	if err != nil {
		return nil, &text.FileError{Path: path, What: text.Short(err.Error(), 160)}
	}
	return top, nil
}

// means is the proof: the text says what is wanted and nothing else.
func means(content []byte, want map[string]any) bool {
	blob, err := yaml.YAMLToJSONStrict(content)
	var got map[string]any
	if err != nil || !yamltext.Whole(content) || json.Unmarshal(blob, &got) != nil {
		return false
	}
	return same(got, want)
}

func same(a, b map[string]any) bool { return len(a) == 0 && len(b) == 0 || reflect.DeepEqual(a, b) }

// Accept refuses what the reader refuses, and what a call would refuse of a setting, unless the old text has the same
// fault. path is for errors. Errors: *Error, *text.FileError.
func Accept(path string, old, content []byte) error {
	if _, err := meaningOf(path, content); err != nil {
		return err
	}
	f, err := Parse(path, withoutMark(content))
	if err != nil {
		return err
	}
	var known []error
	if before, err := Parse(path, withoutMark(old)); err == nil {
		known = before.faults()
	}
	for _, fault := range f.faults() {
		if !slices.ContainsFunc(known, func(k error) bool { return k.Error() == fault.Error() }) {
			return fault
		}
	}
	return nil
}

// acceptMeaning is Accept for what texts mean.
func acceptMeaning(path string, old, want map[string]any) error {
	before, err := json.Marshal(old)
	after, other := json.Marshal(want)
	if err := errors.Join(err, other); err != nil {
		return err
	}
	return Accept(path, before, after)
}

const byteOrderMark = "\ufeff" // which editors of Windows put before a text

func withoutMark(content []byte) []byte { return bytes.TrimPrefix(content, []byte(byteOrderMark)) }

// apply makes the change in what a file means, and returns the path of what is different then.
func (c Change) apply(top *map[string]any) (path []any, err error) {
	k, err := ParseKey(c.Key)
	if err != nil {
		return nil, err
	}
	value, err := k.value(c)
	if err != nil {
		return nil, err
	}
	fields, _ := clone(*top).(map[string]any)
	if fields == nil {
		fields = map[string]any{}
	}
	*top = fields
	switch k.Section {
	case "":
		put(fields, k.Field, value)
		return []any{k.Field}, nil
	case profiles, tenants:
		return k.inMap(fields, value), nil
	case agentSection:
		return k.inAgent(fields, value), nil
	}
	return k.inList(fields, value), nil
}

// put writes a field, or takes it out where value is nil.
func put(fields map[string]any, name string, value any) {
	if fields[name] = value; value == nil {
		delete(fields, name)
	}
}

// inMap changes an entry of profiles or of tenants.
func (k Key) inMap(top map[string]any, value any) []any {
	all, there := top[k.Section].(map[string]any)
	if !there {
		if value == nil {
			return nil
		}
		all = map[string]any{}
		top[k.Section] = all
	}
	for name := range all {
		if k.Section == tenants && strings.EqualFold(name, k.Entry) {
			k.Entry = name
		}
	}
	fields, known := all[k.Entry].(map[string]any)
	if !known {
		fields = map[string]any{}
	}
	if k.Field != "" {
		put(fields, k.Field, value)
	}
	if all[k.Entry] = fields; k.Field == "" || len(fields) == 0 {
		delete(all, k.Entry)
	}
	switch {
	case len(all) == 0:
		delete(top, k.Section)
		return []any{k.Section}
	case !there:
		return []any{k.Section}
	case !known || all[k.Entry] == nil:
		return []any{k.Section, k.Entry}
	}
	return []any{k.Section, k.Entry, k.Field}
}

// inList changes an entry of hosts, registries or authorities.
func (k Key) inList(top map[string]any, value any) []any {
	list, there := top[k.Section].([]any)
	at := slices.IndexFunc(list, k.names)
	switch {
	case at < 0 && value == nil:
		return nil
	case at < 0:
		list = append(list, k.entry(value))
		top[k.Section] = list
		if !there {
			return []any{k.Section}
		}
		return []any{k.Section, len(list) - 1}
	case k.Field == "":
		if top[k.Section] = slices.Delete(list, at, at+1); len(list) > 1 {
			return []any{k.Section, at}
		}
		delete(top, k.Section)
		return []any{k.Section}
	}
	put(list[at].(map[string]any), k.Field, value)
	return []any{k.Section, at, k.Field}
}

// entry is a new one of a list.
func (k Key) entry(value any) map[string]any {
	host, organization, _ := strings.Cut(k.Entry, "/")
	fields := map[string]any{"host": host}
	if organization != "" {
		fields["organization"] = organization
	}
	fields[k.Field] = value
	return fields
}

// names reports whether an entry of a list is the one that the key means.
func (k Key) names(entry any) bool {
	fields, _ := entry.(map[string]any)
	host, _ := fields["host"].(string)
	organization, _ := fields["organization"].(string)
	wanted, of, _ := strings.Cut(k.Entry, "/")
	return origin(host) == origin(wanted) && strings.EqualFold(organization, of)
}

// origin is the one form of a host.
func origin(host string) string {
	if known, err := authority.OriginHost(host); err == nil {
		return known
	}
	return host
}

func clone(value any) any {
	switch value := value.(type) {
	case map[string]any:
		if value == nil {
			return value
		}
		fields := maps.Clone(value)
		for name, inside := range fields {
			fields[name] = clone(inside)
		}
		return fields
	case []any:
		list := slices.Clone(value)
		for i := range list {
			list[i] = clone(list[i])
		}
		return list
	}
	return value
}

// Key is a setting of the config file, taken apart.
type Key struct {
	Section string // profiles, tenants, hosts, registries or authorities; "" for what stands beside them
	Entry   string // the profile, the tenant, HOST or HOST/ORGANIZATION
	Field   string // the setting; "" for the entry as a whole
}

// sections are what has entries with settings of their own, and which settings these may be.
func sections() map[string][]string {
	return map[string][]string{
		profiles:    append(slices.DeleteFunc(InFile(), func(name string) bool { return name == Profile }), subscriptions),
		tenants:     perTenant(),
		hosts:       {Scope, TenantID, ClientID, Account, Profile},
		registries:  {Scope, TenantID, ClientID, Account, Profile},
		authorities: {"ca-file", "graph", "resource-manager"},

		agentSection: agentFields(), // which is one, and has no entries
	}
}

// ParseKey takes a key apart. Errors: *Error, with the key that may be meant.
func ParseKey(key string) (Key, error) {
	section, rest, below := strings.Cut(key, ".")
	fields := sections()[section]
	known := append(InFile(), subscriptions, allowResources, allowEnv)
	switch {
	case !below && slices.Contains(known, key):
		return Key{Field: key}, nil
	case noPlace(key) != "":
		return Key{}, &Error{Name: text.Short(key, 80), What: noPlace(key)}
	case fields == nil:
		return Key{}, &Error{Name: text.Short(key, 80), What: "is no setting of the config file" + meant(key, append(known, besides()...)),
			Hint: `"entralogin help config" lists the settings.`}
	case section == agentSection && rest == "":
		return Key{Section: section}, nil
	case section == agentSection && !slices.Contains(fields, rest):
		return Key{}, &Error{Name: text.Short(key, 80), What: "is no setting of " + agentSection + meant(rest, fields), Hint: "The settings of agent are " + strings.Join(fields, ", ") + "."}
	case section == agentSection:
		return Key{Section: section, Field: rest}, nil
	case rest == "":
		return Key{}, &Error{Name: key, What: fmt.Sprintf("has entries: %s.NAME.SETTING, where a setting is one of %s", section, strings.Join(fields, ", "))}
	}
	entry, field := rest, ""
	if at := strings.LastIndex(rest, "."); at > 0 && slices.Contains(fields, rest[at+1:]) {
		entry, field = rest[:at], rest[at+1:]
	}
	return Key{section, entry, field}, nil
}

// meant offers the name that may be meant.
func meant(name string, known []string) string {
	if near := text.Nearest(name, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// value is what the change writes: nil to take it out.
func (k Key) value(c Change) (any, error) {
	bad := func(format string, args ...any) (any, error) {
		return nil, &Error{Name: text.Short(c.Key, 80), What: fmt.Sprintf(format, args...)}
	}
	if c.Unset {
		return nil, nil
	}
	fields := sections()[k.Section]
	near := meant(c.Key[strings.LastIndex(c.Key, ".")+1:], fields)
	switch {
	case k.Field == "" && near != "":
		return bad("names no setting%s", near)
	case k.Field == "":
		return bad("names no setting; the settings of %s are %s", k.Section, strings.Join(fields, ", "))
	case slices.ContainsFunc(c.Value, func(word string) bool { return word == "" || word != text.Clean(word) }):
		return bad("can't be set to a text that is empty or has control or invisible characters")
	case len(c.Value) == 0:
		return bad("needs a value")
	case k.Field == subscriptions:
		list := make([]any, len(c.Value))
		for i, words := range c.Value {
			list[i] = subscriptionFields(words)
		}
		return list, nil
	case k.Section == agentSection && k.Field != agentConfirm, k.Field == allowEnv, k.Field == allowResources, k.Field == Scope && len(c.Value) > 1:
		list := make([]any, len(c.Value))
		for i, word := range c.Value {
			list[i] = word
		}
		return list, nil
	case len(c.Value) > 1:
		return bad("has one value, not %d", len(c.Value))
	case (k.Field == QR || k.Field == RenewAhead) && (c.Value[0] == "true" || c.Value[0] == "false"):
		return c.Value[0] == "true", nil
	}
	return c.Value[0], nil
}
